import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../../../src/config/project-root.ts';
import { decodeJsonObject } from '../../../../src/cdc/json/decode-json.ts';
import { writeJson } from '../../../../src/cdc/json/write-json.ts';
import { orders } from '../../../../src/pipelines/orders/orders.ts';
import type { Outcome } from '../../../../src/pipelines/pipeline.ts';
import { parseFixture, stamp } from './support/order-fixture.ts';

const folder = join(projectRoot, 'test', 'fixtures', 'orders');
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

describe('each record has the outcome of its fixture', () => {
  test.each(files)('%s', (file) => {
    const { record, outcome, facts } = parseFixture(readFileSync(join(folder, file), 'utf8'));
    const result = orders.transform(record, stamp);
    expect(lineOf(result)).toBe(outcome);
    for (const [place, text] of facts) expect([place, textAt(result, place)]).toEqual([place, text]);
  });
});

function lineOf(outcome: Outcome): string {
  if (outcome.kind === 'dead') return `dead ${outcome.code} ${outcome.reason}`;
  return outcome.kind === 'ignored' ? `ignored ${outcome.why}` : `${outcome.kind} ${outcome.key.join()}`;
}

function textAt(outcome: Outcome, place: string): string | undefined {
  const [head = '', name = ''] = place.split('.');
  if (head === 'replaces' && outcome.kind === 'upsert') return outcome.replaces?.join();
  if (head === 'row' && outcome.kind === 'upsert') return outcome.row[name];
  if (head === 'version' && 'version' in outcome) {
    return String(outcome.version[orders.table.versionColumns.indexOf(name)]);
  }
  if (head === 'message' && outcome.kind === 'upsert') {
    const decoded = decodeJsonObject(Buffer.from(outcome.publication?.value ?? ''));
    const value = decoded.ok ? decoded.value[name] : undefined;
    return value === undefined ? undefined : writeJson(value);
  }
  throw new Error(`${place} is no place in an outcome of kind ${outcome.kind}`);
}
