import { expect, test } from 'vitest';
import { sourceTimeOf } from '../../../src/pipelines/source-time.ts';

const row = { database: 'shop', table: 'orders', type: 'update', ts: 1_700_000_000, data: { n: 1 } };
const timeOf = (value: unknown): number =>
  sourceTimeOf({
    ...{ topic: 't', partition: 0, offset: 0, timestamp: 1_800_000_000_123, size: 0, key: null, headers: [] },
    value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  });

test('a change from the binlog was made in the second that MySQL noted', () => {
  expect(timeOf(row)).toBe(1_700_000_000_000);
});

test.each([
  ['a bootstrap row, which carries the time of its reading', { ...row, type: 'bootstrap-insert' }],
  ['a plain order', { id: 1, ts: 5, total: '1.00' }],
  ['DDL, whose time is in other units', { ...row, type: 'table-alter', ts: 1_700_000_000_000 }],
  ['a row without a time', { ...row, ts: undefined }],
  ['a tombstone', null],
  ['what is no JSON', '{'],
])('%s has the time of its record', (_what, value) => {
  expect(timeOf(value)).toBe(1_800_000_000_123);
});
