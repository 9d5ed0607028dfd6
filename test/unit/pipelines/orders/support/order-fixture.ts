import type { SourceRecord } from '../../../../../src/pipelines/record.ts';
import { makeRecord } from '../../../../support/records.ts';
import type { Stamp } from '../../../../../src/pipelines/pipeline.ts';

export const stamp: Stamp = { flag: 'live', syncAt: '2026-11-23T03:00:01.500Z', epoch: 1 };

/** A record of the fixtures' coordinates; its time is 2026-11-23T03:00:00Z. */
export function recordOf(value: Buffer | string | null, changes: Partial<SourceRecord> = {}): SourceRecord {
  return makeRecord({
    topic: 'raw_orders',
    partition: 2,
    offset: 41,
    timestamp: 1_795_402_800_000,
    key: null,
    headers: [],
    value: typeof value === 'string' ? Buffer.from(value) : value,
    ...changes,
  });
}

/** One file of test/fixtures/orders; its README tells the format. */
export interface OrderFixture {
  readonly record: SourceRecord;
  /** The line behind the arrow. */
  readonly outcome: string;
  /** What must hold of the outcome: a place in it and the text there, undefined where nothing may be. */
  readonly facts: readonly (readonly [place: string, text: string | undefined])[];
}

export function parseFixture(text: string): OrderFixture {
  const arrow = text.indexOf('\n-> ');
  const outcome = text
    .slice(arrow + 4)
    .trimEnd()
    .split('\n');
  return {
    record: parseRecord(text.slice(0, arrow).split('\n')),
    outcome: outcome[0] ?? '',
    facts: outcome.slice(1).map((line) => {
      const [, place = '', expected] = /^(\S+) (?:absent|= (.*))$/.exec(line) ?? [];
      return [place, expected] as const;
    }),
  };
}

function parseRecord(lines: readonly string[]): SourceRecord {
  let key: Buffer | null = null;
  let value: Buffer | null | undefined;
  let time: Partial<SourceRecord> = {};
  const headers: [string, Buffer][] = [];
  const json: string[] = [];
  for (const line of lines) {
    const [, name = '', rest = ''] = /^(key|text|hex|time|header [^:]+): ?(.*)$/.exec(line) ?? [];
    if (line.startsWith('#')) continue;
    else if (name === 'key') key = Buffer.from(rest);
    else if (name === 'time') time = { timestamp: Date.parse(rest) };
    else if (name === 'text') value = Buffer.from(rest);
    else if (name === 'hex') value = Buffer.from(rest.replaceAll(' ', ''), 'hex');
    else if (name) headers.push([name.slice('header '.length), Buffer.from(rest)]);
    else if (line === 'null') value = null;
    else json.push(line);
  }
  return recordOf(value === undefined ? Buffer.from(json.join('\n')) : value, { key, headers, ...time });
}
