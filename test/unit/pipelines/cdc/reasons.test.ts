import { describe, expect, test } from 'vitest';
import type { TableSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { replicaTarget } from '../../../../src/pipelines/cdc/replica-target.ts';
import { RowTransform } from '../../../../src/pipelines/cdc/transform-row.ts';
import type { Outcome } from '../../../../src/pipelines/pipeline.ts';
import { makeRecord } from '../../../support/records.ts';
import { columnOf } from '../../cdc/types/column.ts';

type Dead = Extract<Outcome, { kind: 'dead' }>;

const schema: TableSchema = {
  database: 'shop',
  table: 'items',
  columns: [
    columnOf('int', { name: 'id', isNullable: false }),
    columnOf('varchar(20) character set latin1', { name: 'shelf', isNullable: false }),
    columnOf('varchar(5)', { name: 'code' }),
    columnOf('decimal(10,2)', { name: 'price' }),
  ],
  key: ['id', 'shelf'],
  hasPrimaryKey: true,
  charset: 'utf8mb4',
  collation: 'utf8mb4_general_ci',
};

function deadOf(value: object | null, key: object | null = null): Dead {
  const bytes = (part: object | null) => part && Buffer.from(JSON.stringify(part));
  const record = makeRecord({
    topic: 'producer.shop.items',
    partition: 0,
    offset: 41,
    timestamp: 0,
    key: bytes(key),
    value: bytes(value),
    headers: [],
  });
  const again = () => Promise.reject(new Error('not asked for here'));
  const flow = new RowTransform({ schema, readAfter: null }, replicaTarget(schema, 'app_olap'), again);
  const outcome = flow.transform(record, { flag: 'live', syncAt: '2026-11-25T03:00:01.500Z', epoch: 2 });
  if (outcome.kind !== 'dead') throw new Error(`${JSON.stringify(value)} is ${outcome.kind}`);
  return outcome;
}

const good = { id: 7, shelf: 'a', code: 'c', price: 1 };
const row = (data: object, more: object = {}) => ({
  database: 'shop',
  table: 'items',
  type: 'insert',
  ts: 1_795_000_000,
  data: { ...good, ...data },
  ...more,
});
const dated = { schema_id: 4 };
const missing = 'missing, though the table had it when the row was written';
const about = { key: ['7', 'a'], version: [2, 41, 0] };

describe('a dead row whose key can be read names the field and the row', () => {
  test.each([
    ['code', 'is too long', row({ code: 'longer' })],
    ['price', 'must be a number', row({ price: 'dear' })],
    ['data.price', missing, row({ price: undefined }, dated)],
    ['code', 'is too long', row({ code: 'longer' }, { type: 'update', old: { code: 'x' } })],
  ])('%s %s', (path, rule, value) => {
    const outcome = deadOf(value);
    expect(outcome).toMatchObject({
      reasons: [{ path, rule: expect.stringContaining(rule) as string }],
      about,
    });
    expect(outcome.reason).toContain(outcome.reasons?.[0]?.rule);
  });
});

describe('a dead record whose key is wrong names the field alone', () => {
  test.each([
    ['id', 'must be a whole number', row({ id: 'seven' })],
    ['id', 'must be a whole number', row({}, { type: 'update', old: { id: 'seven' } })],
    ['data.id', 'missing, and it is part of the key', row({ id: undefined })],
    ['data.id', missing, row({ id: undefined }, dated)],
    ['data.id', 'NULL in the key', row({ id: null })],
    ['data.shelf', 'missing, and it is part of the key', row({ shelf: undefined }, { reason: 'TooLarge' })],
    ['shelf', 'holds characters that Maxwell cannot read (U+FFFD)', row({ shelf: '\ufffd' })],
    ['type', 'not a change that Maxwell writes', row({}, { type: 'shout' })],
    ['data', 'missing (encrypted messages cannot be read)', row({}, { data: 'x' })],
  ])('%s %s', (path, rule, value) => {
    const outcome = deadOf(value);
    expect(outcome.reasons).toEqual([{ path, rule: expect.stringContaining(rule) as string }]);
    expect(outcome.reason).toContain(outcome.reasons?.[0]?.rule);
    expect(outcome).not.toHaveProperty('about');
  });

  test('a tombstone', () => {
    const outcome = deadOf(null, { database: 'shop', table: 'items', 'pk.id': 7 });
    expect(outcome.reasons).toEqual([{ path: 'data.shelf', rule: 'missing, and it is part of the key' }]);
    expect(outcome).not.toHaveProperty('about');
  });
});

test('a newer version of its new key does not make up for a row that moved and is dead', () => {
  const outcome = deadOf(row({ code: 'longer' }, { type: 'update', old: { id: 6 } }));
  expect(outcome.reasons).toEqual([{ path: 'code', rule: 'is too long' }]);
  expect(outcome).not.toHaveProperty('about');
});

test('what is no message about a row names no field', () => {
  expect(deadOf({ id: 1 })).toEqual({
    kind: 'dead',
    code: 'ENVELOPE_INVALID',
    reason: 'not a Maxwell envelope',
  });
});
