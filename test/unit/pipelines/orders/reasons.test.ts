import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../../../src/config/project-root.ts';
import { transformOrder } from '../../../../src/pipelines/orders/transform-order.ts';
import type { Outcome } from '../../../../src/pipelines/pipeline.ts';
import type { SourceRecord } from '../../../../src/pipelines/record.ts';
import { foreign, large, order, poison } from '../../../support/bad-input.ts';
import { parseFixture, recordOf, stamp } from './support/order-fixture.ts';

type Dead = Extract<Outcome, { kind: 'dead' }>;

function deadOf(value: string, changes: Partial<SourceRecord> = {}): Dead {
  const outcome = transformOrder(recordOf(value, changes), stamp);
  if (outcome.kind !== 'dead') throw new Error(`${value} is ${outcome.kind}`);
  return outcome;
}

const good = {
  id: 7,
  status: 'paid',
  currency: 'USD',
  total: '10.00',
  ordered_at: '2026-11-23 02:00:00',
  updated_at: '2026-11-23 02:00:00',
};
const plain = (fields: object) => JSON.stringify({ ...good, ...fields });
const maxwell = (fields: object, more: object = {}) => {
  const data = { ...good, ...fields };
  return JSON.stringify({ database: 'app_producer', table: 'orders', type: 'insert', data, ...more });
};
const longText = 'x'.repeat(65);
const tooLate = '2199-01-01 00:00:00';

describe('a dead letter names the field', () => {
  test.each([
    ['total', 'must not be negative', plain({ total: -1 })],
    ['data.total', 'must not be negative', maxwell({ total: -1 })],
    ['items.1.price', 'required', plain({ items: [{ qty: 1, price: 1 }, { qty: 1 }] })],
    ['items', 'their sum must be below 1000000000000000000 (DECIMAL(20,2))', plain({ items: [{ qty: 9, price: '9'.repeat(18) }] })],
    ['order_no', 'is too long', plain({ order_no: longText })],
    ['data.order_no', 'is too long', maxwell({ order_no: longText })],
    ['updated_at', 'over 24 h after the time of the record', plain({ updated_at: tooLate })],
    ['data.updated_at', 'over 24 h after the time of the record', maxwell({ updated_at: tooLate })],
    ['type', 'not a change that Maxwell writes', maxwell({}, { type: 'shout' })],
    ['data', 'missing (encrypted messages cannot be read)', maxwell({}, { data: 1 })],
    [
      'data.id', 'must be a whole number from 0 to 18446744073709551615, or its digits as a text',
      maxwell({ id: 'x' }, { type: 'delete' }),
    ],
    [
      'old.id', 'must be a whole number from 0 to 18446744073709551615, or its digits as a text',
      maxwell({}, { type: 'update', old: { id: 'x' } }),
    ],
  ])('%s %s', (path, rule, value) => {
    expect(deadOf(value).reasons).toEqual([{ path, rule }]);
  }); // prettier-ignore

  test('where its own time cannot be judged by the record, too', () => {
    const { reason, reasons } = deadOf(plain({}), { timestamp: 0 });
    expect(reasons).toEqual([{ path: 'updated_at', rule: reason }]);
  });

  test('all of them, though the sentence names five', () => {
    const items = [1, 2, 3, 4, 5, 6, 7].map(() => ({ qty: 0, price: 1 }));
    const { reason, reasons } = deadOf(plain({ items }));
    expect(reason).toMatch(/^items\[0\]\.qty: .*; items\[4\]\.qty: .* \(and 2 more\)$/);
    expect(reasons?.map(({ path }) => path)).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => `items.${n}.qty`));
  });

  test('and no more than twenty', () => {
    const items = Array.from({ length: 1000 }, () => ({ qty: 0, price: 1 }));
    expect(deadOf(plain({ items })).reasons).toHaveLength(20);
  });

  test.each([
    ['RECORD_NOT_JSON', '{'],
    ['RECORD_EMPTY', ''],
    ['MESSAGE_TOO_LARGE', plain({ note: 'x'.repeat(1_040_000) })],
  ])('but not where the whole record is wrong: %s', (code, value) => {
    const outcome = deadOf(value);
    expect(outcome.code).toBe(code);
    expect(outcome).not.toHaveProperty('reasons');
  });
});

describe('the field of each bad record of the fixtures', () => {
  const folder = join(projectRoot, 'test', 'fixtures', 'orders');
  const fixtures = readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => [name, parseFixture(readFileSync(join(folder, name), 'utf8')).record] as const);
  const cases = [...poison, ...foreign, ...large].map(({ name, key, value }) => {
    const valueBytes = value === null ? null : Buffer.from(value);
    return [name, recordOf(valueBytes, { key: key === undefined ? null : Buffer.from(key) })] as const;
  });
  const dead = [...fixtures, ...cases].flatMap(([name, record]) => {
    const outcome = transformOrder(record, stamp);
    return outcome.kind === 'dead' ? [[name, outcome] as const] : [];
  });

  test('there are many', () => {
    expect(dead.filter(([, { reasons }]) => reasons?.length === 1).length).toBeGreaterThan(50);
  });

  test.each(dead)('%s', (_, { code, reason, reasons }) => {
    const isOfField = ['ORDER_INVALID', 'ORDER_FROM_FUTURE', 'ROW_REJECTED', 'ENVELOPE_INVALID'].includes(
      code,
    );
    expect(reasons !== undefined).toBe(isOfField);
    for (const { path } of reasons ?? []) expect(path).toMatch(/^\w+(\.\w+)*$/);
    if (reasons?.length === 1) expect(reason).toContain(reasons[0]?.rule);
  });
});

describe('the row that a dead order is about', () => {
  const offsets = [1_795_402_800_000, 1, 2, 41];
  const updated = Date.UTC(2026, 10, 22, 19) * 1000;
  const updatedUtc = Date.UTC(2026, 10, 23, 2) * 1000;
  const recordTime = 1_795_402_800_000_000;

  test.each([
    ['an updated_at that can be read', plain({ total: -1 }), updated],
    ['a row of Maxwell, whose times are UTC', maxwell({ total: -1 }), updatedUtc],
    ['no updated_at: the time of the record', plain({ total: -1, updated_at: null }), recordTime],
    ['an updated_at that cannot be read', plain({ updated_at: '0000-00-00 00:00:00' }), recordTime],
    ['a row without one', maxwell({ updated_at: null }), recordTime],
    ['an updated_at of the future', plain({ updated_at: tooLate }), recordTime],
    ['a text that is too long', plain({ order_no: longText }), updated],
    ['a message that is too large', plain({ note: 'x'.repeat(1_040_000) }), updated],
    ['an update of the same key', maxwell({ total: -1 }, { type: 'update', old: { id: '7' } }), updatedUtc],
  ])('%s', (_, value, micros) => {
    expect(deadOf(value).about).toEqual({ key: ['7'], version: [micros, ...offsets] });
  });

  test('has the version that the order has once it is repaired', () => {
    for (const shape of [plain, maxwell]) {
      const repaired = transformOrder(recordOf(shape({})), stamp);
      expect(repaired).toMatchObject({ kind: 'upsert', ...deadOf(shape({ status: 'x' })).about });
    }
  });

  test.each([
    ['the id is wrong', plain({ id: 'x' }), {}],
    ['the former id is wrong', maxwell({}, { type: 'update', old: { id: 'x' } }), {}],
    ['the row had another key before', maxwell({ total: -1 }, { type: 'update', old: { id: 6 } }), {}],
    ['a delete names no id', maxwell({ id: 'x' }, { type: 'delete' }), {}],
    ['the record is no order', '[]', {}],
    ['neither time can be read', plain({ updated_at: 'x' }), { timestamp: 0 }],
    ['no version holds its updated_at', plain({ updated_at: '2300-01-01 00:00:00' }), { timestamp: -1 }],
  ])('is not told where %s', (_, value, changes) => {
    expect(deadOf(value, changes)).not.toHaveProperty('about');
  });

  test('is told by updated_at where the record has no time', () => {
    const [, ...rest] = offsets;
    expect(deadOf(plain({}), { timestamp: 0 }).about?.version).toEqual([updated, 0, ...rest]);
    expect(deadOf(order('7', { total: '-1' }), { timestamp: -1 }).about?.version).toEqual([0, 0, ...rest]);
  });
});
