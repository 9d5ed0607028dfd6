import { describe, expect, test } from 'vitest';
import type { ColumnSchema, TableSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { cdc, topicOf } from '../../../../src/pipelines/cdc/cdc.ts';
import { replicaTarget } from '../../../../src/pipelines/cdc/replica-target.ts';
import { RowTransform } from '../../../../src/pipelines/cdc/transform-row.ts';
import type { Outcome, ReplicaTables, Stamp } from '../../../../src/pipelines/pipeline.ts';
import { makeRecord } from '../../../support/records.ts';

function column(name: string, dataType: string, more: Partial<ColumnSchema> = {}): ColumnSchema {
  return {
    name,
    dataType,
    columnType: dataType,
    isUnsigned: false,
    length: null,
    scale: null,
    precision: null,
    charset: null,
    collation: null,
    isNullable: true,
    defaultText: null,
    defaultIsExpression: false,
    isGenerated: false,
    ...more,
  };
}

const text = { charset: 'utf8mb4', collation: 'utf8mb4_general_ci', length: 5, columnType: 'varchar(5)' };
const schema: TableSchema = {
  database: 'shop',
  table: 'items',
  columns: [
    column('Id', 'bigint'),
    column('code', 'varchar', text),
    column('price', 'decimal', { precision: 10, scale: 2 }),
  ],
  key: ['Id'],
  hasPrimaryKey: true,
  charset: 'utf8mb4',
  collation: 'utf8mb4_general_ci',
};
const stamp: Stamp = { flag: 'live', syncAt: '2026-11-25T03:00:01.500Z', epoch: 2 };
const topic = topicOf('shop', 'items');

function outcomeOf(
  value: unknown,
  { key = null as string | null, readAfter = null as number | null } = {},
): Outcome {
  const bytes =
    value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  const record = makeRecord({
    topic,
    partition: 0,
    offset: 41,
    timestamp: 0,
    key: key === null ? null : Buffer.from(key),
    value: bytes,
    headers: [],
  });
  const again = () => Promise.reject(new Error('not asked for here'));
  const flow = new RowTransform({ schema, readAfter }, replicaTarget(schema, 'app_olap'), again);
  return flow.transform(record, stamp);
}

const row = (type: string, data: object, more: object = {}) => ({
  database: 'shop',
  table: 'items',
  type,
  ts: 1_795_000_000,
  data,
  ...more,
});

describe('a row of a table', () => {
  test('becomes texts of its columns, at the position of its record', () => {
    expect(outcomeOf(row('insert', { Id: 7, code: 'a', price: 1.5 }))).toEqual({
      kind: 'upsert',
      key: ['7'],
      version: [2, 41, 0],
      row: {
        code: 'a',
        price: '1.50',
        _op: 'insert',
        _source_ts: '2026-11-18 11:06:40.000000',
        _synced_at: '2026-11-25 03:00:01.500',
      },
      publication: null,
    });
  });

  test('that moves to another key replaces the old one; the same key in old is no move', () => {
    const data = { Id: 8, code: null, price: null };
    expect(outcomeOf(row('update', data, { old: { Id: 7 } }))).toMatchObject({ key: ['8'], replaces: ['7'] });
    expect(outcomeOf(row('update', data, { old: { code: 'x' } }))).not.toHaveProperty('replaces');
    expect(outcomeOf(row('insert', data, { old: { Id: 7 } }))).not.toHaveProperty('replaces');
  });

  test('is deleted by its key alone, by a delete and by a tombstone', () => {
    const deleted = { kind: 'delete', key: ['7'], version: [2, 41, 0] };
    expect(outcomeOf(row('delete', { Id: 7 }))).toEqual(deleted);
    expect(outcomeOf(null, { key: '{"database":"shop","table":"items","pk.id":7}' })).toEqual(deleted);
    expect(outcomeOf(null, { key: '["shop","items",[{"id":7}]]' })).toEqual(deleted);
  });

  test('has NULL where a column was added since, and nothing of one that was dropped', () => {
    const outcome = outcomeOf(row('insert', { Id: 7, code: 'a', gone: 1 }));
    expect(outcome.kind === 'upsert' && Object.keys(outcome.row).sort()).toEqual([
      '_op',
      '_source_ts',
      '_synced_at',
      'code',
    ]);
  });
});

describe('what is no row of the table', () => {
  test.each([
    ['another table', row('insert', { Id: 1 }, { table: 'others' })],
    ['Maxwell bootstrap-start', { database: 'shop', table: 'items', type: 'bootstrap-start', data: {} }],
    ['Maxwell table-alter', { database: 'shop', table: 'items', type: 'table-alter' }],
  ])('%s is ignored', (why, value) => {
    expect(outcomeOf(value)).toEqual({ kind: 'ignored', why });
  });

  test.each([
    ['RECORD_NOT_JSON', '{"database":"shop","ta'],
    ['RECORD_EMPTY', ''],
    ['ENVELOPE_INVALID', { id: 1, total: '2.00' }],
    ['ENVELOPE_INVALID', row('insert', { code: 'no key' })],
    ['ENVELOPE_INVALID', row('insert', { Id: null })],
    ['ENVELOPE_INVALID', row('insert', { code: 'a' }, { reason: 'TooLarge' })],
    ['ENVELOPE_INVALID', row('shout', { Id: 7 })],
    ['ENVELOPE_INVALID', row('update', { Id: 7 }, { old: 'dear' })],
    ['ENVELOPE_INVALID', row('update', { Id: 7 }, { old: null })],
    ['ROW_REJECTED', row('insert', { Id: 7, code: 'longer than five' })],
    ['ROW_REJECTED', row('insert', { Id: 'seven', code: 'a' })],
    ['ROW_REJECTED', row('insert', { Id: 7, price: 'dear' })],
  ])('%s goes to the dead letters, and its reason quotes nothing', (code, value) => {
    const outcome = outcomeOf(value);
    expect(outcome).toMatchObject({ kind: 'dead', code });
    expect(JSON.stringify(outcome)).not.toMatch(/longer than five|seven|dear/);
  });

  test('a row of which Maxwell could send the key only is read from the source, under its former key too', () => {
    const why = 'Maxwell could not send the row (TooLarge): it is read from the source';
    const reason = 'TooLarge';
    const refetch = [['7']];
    expect(outcomeOf(row('insert', { Id: 7 }, { reason }))).toEqual({ kind: 'ignored', why, refetch });
    expect(outcomeOf(row('update', { Id: 7 }, { reason, old: { Id: 6 } }))).toMatchObject({
      kind: 'ignored',
      refetch: [['7'], ['6']],
    });
    expect(outcomeOf(row('delete', { Id: 7 }, { reason: 'a, b' }))).toMatchObject({
      why: 'Maxwell could not send the row: it is read from the source',
    });
  });

  test('a tombstone without a key, or of another table, deletes nothing', () => {
    expect(outcomeOf(null)).toMatchObject({ kind: 'dead', code: 'RECORD_EMPTY' });
    expect(outcomeOf(null, { key: '{"database":"shop","table":"others","pk.id":7}' })).toMatchObject({
      kind: 'ignored',
    });
  });

  test('what cannot be read is nobody’s fault when the table is read again after it', () => {
    const bad = row('insert', { Id: 'seven' });
    expect(outcomeOf(bad, { readAfter: 1_795_000_000_001 })).toEqual({
      kind: 'ignored',
      why: 'the table is read again',
    });
    expect(outcomeOf(bad, { readAfter: 1_795_000_000_000 })).toMatchObject({ kind: 'dead' });
  });
});

test('topics of tables are found by the pattern; the DDL topic and dead letters are none', () => {
  const names = [
    'producer.shop.items',
    'producer.shop.a.b',
    'producer.ddl',
    'producer.shop.items.dlq',
    'raw_orders',
    'x.producer.shop.items',
  ];
  expect(names.filter((name) => cdc.topicPattern?.test(name))).toEqual([
    'producer.shop.items',
    'producer.shop.a.b',
  ]);
});

test('a flow asks for the newest schema that its batch was written under', async () => {
  const asked: (number | null)[] = [];
  const tables: ReplicaTables = {
    replicaDatabase: 'app_olap',
    follow: (_database, _table, schemaId) =>
      Promise.resolve(asked.push(schemaId) ? { schema, readAfter: null } : null),
    readAfter: () => Promise.resolve(null),
    forget: () => undefined,
  };
  const recordOf = (value: unknown) =>
    makeRecord({
      topic,
      partition: 0,
      offset: 1,
      timestamp: 0,
      key: null,
      value: value === null ? null : Buffer.from(JSON.stringify(value)),
      headers: [],
    });
  const rows = [row('insert', { Id: 1 }, { schema_id: 4 }), row('insert', { Id: 2 }, { schema_id: 9 }), null];
  await cdc.open(topic, rows.map(recordOf), tables);
  await cdc.open(topic, [recordOf(row('insert', { Id: 1 }))], tables);
  expect(asked).toEqual([9, null]);
});
