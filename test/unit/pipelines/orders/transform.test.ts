import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../../../src/errors/catalogue.ts';
import { decodeJsonObject } from '../../../../src/cdc/json/decode-json.ts';
import type { JsonObject } from '../../../../src/cdc/json/exact-number.ts';
import { orderSchema, rowSchema } from '../../../../src/pipelines/orders/order-schema.ts';
import { readOrder } from '../../../../src/pipelines/orders/read-order.ts';
import { BrokenFields } from '../../../../src/pipelines/orders/broken-fields.ts';
import { transformOrder } from '../../../../src/pipelines/orders/transform-order.ts';
import type { Outcome } from '../../../../src/pipelines/pipeline.ts';
import { recordOf, stamp } from './support/order-fixture.ts';

/** Values that a field of an order may hold, good and bad alike. */
const values = fc.oneof(
  fc.constantFrom(
    '1', '12500.00', '0', '-1', '1e3', '35000.005', 'paid', 'IDR', 'usd', 'KWD', 'kg', 'lb', '0812-3456-7890', 'a@b.id',
    '2026-11-23T08:15:00+07:00', '2026-11-23 08:15:00', '2026-02-30 08:15:00', '2199-01-01T00:00:00Z', '', ' ', '\u0000',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(null, true, [], {}),
  fc.string({ unit: 'binary' }),
); // prettier-ignore
const items = fc.array(
  fc.oneof(
    fc.record(
      { sku: values, qty: fc.oneof(fc.nat(9), values), price: values, weight: values, weight_unit: values },
      { requiredKeys: [] },
    ),
    values,
  ),
  { maxLength: 3 },
);
const anyOrder = fc.record(
  {
    id: fc.oneof(fc.nat(), values), order_no: values, customer_id: values, customer_email: values, customer_phone: values,
    status: values, currency: values, total: values, item_count: values, weight_grams: values, ordered_at: values,
    updated_at: values, items: fc.oneof(items, values), note: values,
  },
  { requiredKeys: [] },
); // prettier-ignore

const goodItem = { qty: 1, price: '10.00', weight: 1, weight_unit: 'kg' };
const goodOrder = {
  id: 1,
  status: 'paid',
  currency: 'IDR',
  total: '10.00',
  updated_at: '2026-01-01T00:00:00Z',
};
/** Mostly good orders, one or two members exchanged: both answers are common. */
const almostGood = fc
  .tuple(
    anyOrder,
    fc.subarray(['status', 'currency', 'total', 'items', 'ordered_at', 'order_no'], { maxLength: 2 }),
  )
  .map(([order, names]) => ({
    ...goodOrder,
    items: [goodItem],
    ...Object.fromEntries(names.map((name) => [name, (order as JsonObject)[name] ?? null])),
  }));

const jsonOf = (value: unknown): JsonObject => {
  const decoded = decodeJsonObject(Buffer.from(JSON.stringify(value)));
  return decoded.ok ? decoded.value : {};
};

describe('the schema and the fast way of applying its rules', () => {
  test.each([
    ['plain' as const, orderSchema],
    ['row' as const, rowSchema],
  ])('agree on every %s order', (shape, schema) => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(anyOrder, almostGood), (value) => {
        const order = jsonOf(value);
        const fast = readOrder(order, shape);
        const specified = schema.safeParse(order);
        expect(fast instanceof BrokenFields).toBe(!specified.success);
        if (fast instanceof BrokenFields || !specified.success) {
          expect((fast as BrokenFields).reason).not.toBe('');
          expect((fast as BrokenFields).reasonsIn('')).not.toEqual([]);
          return;
        }
        accepted++;
        expect(specified.data).toMatchObject(fast.fields);
        const lines = specified.data['items'] as unknown[] | null;
        if (fast.items === null) expect(lines).toBeNull();
        else expect(lines).toMatchObject(fast.items);
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

describe('the transform', () => {
  const envelopes = anyOrder.map((data) => ({
    database: 'app_producer',
    table: 'orders',
    type: 'update',
    data,
    old: data,
  }));
  const records = fc.oneof(
    fc.oneof(anyOrder, almostGood, envelopes).map((value) => Buffer.from(JSON.stringify(value))),
    fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc.constant(null),
  );
  const timestamps = fc.oneof(fc.constantFrom(-1, 0, 1_795_402_800_000, 2 ** 53 - 1), fc.maxSafeInteger());

  test('gives the same bytes for the same record, and never throws', () => {
    fc.assert(
      fc.property(records, timestamps, fc.option(fc.string()), (value, timestamp, key) => {
        const make = () =>
          recordOf(value && Buffer.from(value), { timestamp, key: key === null ? null : Buffer.from(key) });
        const first = transformOrder(make(), stamp);
        expect(JSON.stringify(transformOrder(make(), stamp))).toBe(JSON.stringify(first));
        checkShape(first);
      }),
      { numRuns: 3000 },
    );
  });

  test('leaves the record as it was', () => {
    const value = Buffer.from(JSON.stringify({ ...goodOrder, items: [goodItem] }));
    const before = Buffer.from(value);
    transformOrder(recordOf(value), stamp);
    expect(value.equals(before)).toBe(true);
  });

  test('takes a message of nearly a megabyte; one that could not be published is a dead letter', () => {
    const withNote = (length: number) => JSON.stringify({ ...goodOrder, note: 'x'.repeat(length) });
    expect(transformOrder(recordOf(withNote(990_000)), stamp).kind).toBe('upsert');
    expect(transformOrder(recordOf(withNote(1024 * 1024)), stamp)).toMatchObject({
      kind: 'dead',
      code: 'MESSAGE_TOO_LARGE',
    });
  });

  test('never shows a value in a reason', () => {
    const secret = 'rahasia-4711';
    const fields = [
      'id',
      'order_no',
      'customer_id',
      'status',
      'currency',
      'total',
      'items',
      'ordered_at',
      'updated_at',
    ];
    for (const name of fields) {
      const outcome = transformOrder(
        recordOf(JSON.stringify({ ...goodOrder, [name]: { [secret]: secret } })),
        stamp,
      );
      expect([name, outcome.kind]).toEqual([name, 'dead']);
      expect(JSON.stringify(outcome)).not.toContain(secret);
    }
  });

  test('names each message by its coordinates', () => {
    const idOf = (offset: number, epoch = 1) => {
      const outcome = transformOrder(recordOf(JSON.stringify(goodOrder), { offset }), { ...stamp, epoch });
      return outcome.kind === 'upsert'
        ? outcome.publication?.headers['laravel-kafka::message-id']
        : undefined;
    };
    expect(idOf(7)).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(idOf(7)).toBe(idOf(7));
    expect(new Set([idOf(7), idOf(8), idOf(7, 2)]).size).toBe(3);
  });

  test.each(['\u0000', 'x'.repeat(129), 'ü', ''])('replaces the correlation id %j, which is none', (id) => {
    const record = recordOf(JSON.stringify(goodOrder), { headers: [['correlation-id', Buffer.from(id)]] });
    const outcome = transformOrder(record, stamp);
    if (outcome.kind !== 'upsert') throw new Error(outcome.kind);
    expect(outcome.row['correlation_id']).toBe(outcome.publication?.headers['laravel-kafka::message-id']);
  });
});

describe('versions', () => {
  const versionOf = (updatedAt: string, changes: Parameters<typeof recordOf>[1] = {}, epoch = 1) => {
    const outcome = transformOrder(
      recordOf(JSON.stringify({ ...goodOrder, updated_at: updatedAt }), changes),
      { ...stamp, epoch },
    );
    if (outcome.kind !== 'upsert') throw new Error(outcome.kind);
    return outcome.version;
  };
  const compare = (a: readonly number[], b: readonly number[]) =>
    a.map((n, i) => Math.sign(n - (b[i] ?? 0))).find((n) => n !== 0) ?? 0;

  test('go by updated_at first, to the microsecond, then by where the record lies', () => {
    const rising = [
      versionOf('2026-01-01T00:00:00.000001Z', { offset: 99 }),
      versionOf('2026-01-01T00:00:00.000002Z', { offset: 1 }),
      versionOf('2026-01-01T00:00:00.000002Z', { offset: 1, timestamp: 1_795_402_800_001 }),
      versionOf('2026-01-01T00:00:00.000002Z', { offset: 1, timestamp: 1_795_402_800_001 }, 2),
      versionOf('2026-01-01T00:00:00.000002Z', { offset: 0, timestamp: 1_795_402_800_001, partition: 3 }, 2),
      versionOf('2026-01-01T00:00:00.000002Z', { offset: 1, timestamp: 1_795_402_800_001, partition: 3 }, 2),
    ];
    rising.slice(1).forEach((version, index) => expect(compare(version, rising[index] ?? [])).toBe(1));
  });

  test('are whole numbers that a double holds', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (timestamp, offset) => {
        const outcome = transformOrder(
          recordOf('{"id":1,"total":1}', { timestamp, offset: Math.abs(offset) }),
          stamp,
        );
        if (outcome.kind === 'upsert')
          expect(outcome.version.every((part) => Number.isSafeInteger(part) && part >= 0)).toBe(true);
      }),
    );
  });
});

function checkShape(outcome: Outcome): void {
  if (outcome.kind === 'dead') {
    expect(catalogue[outcome.code].fault).toBe('data');
    expect(outcome.reason.length).toBeLessThan(1000);
  }
  if (outcome.kind !== 'upsert') return;
  const [key = ''] = outcome.key;
  expect(BigInt(key).toString()).toBe(key);
  expect(outcome.row['total']).toMatch(/^\d{1,18}\.\d\d$/);
  expect(outcome.row['updated_at']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
  expect(() => JSON.parse(outcome.publication?.value ?? '') as unknown).not.toThrow();
}
