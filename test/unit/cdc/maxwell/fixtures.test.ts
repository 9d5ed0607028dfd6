import { describe, expect, test } from 'vitest';
import { decodeJsonObject } from '../../../../src/cdc/json/decode-json.ts';
import { readEnvelope } from '../../../../src/cdc/maxwell/envelope.ts';
import { Broken } from '../../../../src/cdc/types/column-type.ts';
import { knownTypes, lossesOf, textOf } from '../../../../src/cdc/types/columns.ts';
import { recordedTypes } from '../../../fixtures/cdc/values.ts';
import { readRecorded, type RecordedRow } from '../../../support/cdc-fixtures.ts';
import { columnOf } from '../types/column.ts';

const recorded = readRecorded();

/** What our decoding makes of the column's value in a message. */
function decoded(type: string, message: string): string | null {
  const json = decodeJsonObject(Buffer.from(message));
  const envelope = json.ok ? readEnvelope(json.value) : null;
  if (envelope?.kind !== 'row') throw new Error(`no row: ${message.slice(0, 100)}`);
  const origin = envelope.change === 'bootstrap-insert' ? 'bootstrap' : 'live';
  const text = textOf(columnOf(type), envelope.data['value'] ?? null, origin);
  return text instanceof Broken ? `broken: ${text.rule}` : text;
}

test('every type has been recorded as values.ts says', () => {
  const namesOf = (all: readonly { readonly name: string; readonly type: string }[]) =>
    all.map(({ name, type }) => `${name}: ${type}`).sort();
  expect(namesOf(recorded)).toEqual(namesOf(recordedTypes));
  const seen = new Set(recorded.map(({ type }) => columnOf(type).dataType));
  // Geometries are all read in one way.
  const others = knownTypes.filter((type) => !/^(?:line|multi|geom)/.test(type));
  expect(others.filter((type) => !seen.has(type))).toEqual([]);
});

describe.each(recorded)('$name', ({ type, rows }) => {
  test('was inserted, read in a bootstrap, updated and deleted', () => {
    const kinds = new Set(rows.flatMap(({ messages }) => [...messages.keys()]));
    expect([...kinds].sort()).toEqual(['bootstrap-insert', 'delete', 'insert', 'update']);
    expect(rows.some(({ held }) => held === null)).toBe(true);
  });

  test.each(rows)('$statement', ({ messages, held, lost }: RecordedRow) => {
    for (const [kind, message] of messages) {
      const text = decoded(type, message);
      const sentence = lost.get(kind);
      if (sentence === undefined) expect([kind, text]).toEqual([kind, held]);
      else {
        expect([kind, text], 'a loss that is not seen any more').not.toEqual([kind, held]);
        expect(lossesOf(columnOf(type))).toContain(sentence);
      }
    }
    expect([...lost.keys()].filter((kind) => !messages.has(kind))).toEqual([]);
  });
});
