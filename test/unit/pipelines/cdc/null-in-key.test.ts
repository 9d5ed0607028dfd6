import { expect, test } from 'vitest';
import type { TableSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { topicOf } from '../../../../src/pipelines/cdc/cdc.ts';
import { replicaTarget } from '../../../../src/pipelines/cdc/replica-target.ts';
import { RowTransform } from '../../../../src/pipelines/cdc/transform-row.ts';
import type { Outcome } from '../../../../src/pipelines/pipeline.ts';
import { makeRecord } from '../../../support/records.ts';
import { columnOf } from '../../cdc/types/column.ts';

function outcomeOf(keyType: string, value: object | null, key: object | null = null): Outcome {
  const schema: TableSchema = {
    database: 'shop',
    table: 'items',
    columns: [columnOf(keyType, { name: 'k', isNullable: false }), columnOf('int', { name: 'v' })],
    key: ['k'],
    hasPrimaryKey: true,
    charset: 'utf8mb4',
    collation: 'utf8mb4_general_ci',
  };
  const named = { database: 'shop', table: 'items' };
  const bytes = (part: object | null): Buffer | null =>
    part === null ? null : Buffer.from(JSON.stringify({ ...named, ...part }));
  const record = makeRecord({
    topic: topicOf('shop', 'items'),
    partition: 0,
    offset: 41,
    timestamp: 0,
    key: bytes(key),
    value: bytes(value && { ts: 1_795_000_000, ...value }),
    headers: [],
  });
  const flow = new RowTransform({ schema, readAfter: null }, replicaTarget(schema, 'app_olap'));
  return flow.transform(record, { flag: 'live', syncAt: '2026-11-25T03:00:01.500Z', epoch: 1 });
}

const list = "enum('x','b')";

test("null in a key is the value that Maxwell writes so: an ENUM's '' and a zero date", () => {
  const data = { k: null, v: 1 };
  expect(outcomeOf(list, { type: 'insert', data })).toMatchObject({ kind: 'upsert', key: [''] });
  expect(outcomeOf(list, { type: 'update', data, old: { k: 'x' } })).toMatchObject({
    key: [''],
    replaces: ['x'],
  });
  expect(outcomeOf(list, { type: 'update', data: { k: 'b', v: 1 }, old: { k: null } })).toMatchObject({
    key: ['b'],
    replaces: [''],
  });
  expect(outcomeOf(list, { type: 'delete', data })).toMatchObject({ kind: 'delete', key: [''] });
  expect(outcomeOf(list, null, { 'pk.k': null })).toMatchObject({ kind: 'delete', key: [''] });
  expect(outcomeOf('date', { type: 'bootstrap-insert', data })).toMatchObject({ key: ['0000-00-00'] });
});

test("an invalid value in the key of an ENUM that lists '' is not the row that has ''", () => {
  const twins = "enum('x','')";
  for (const change of [
    { type: 'insert', data: { k: null, v: 1 } },
    { type: 'delete', data: { k: null, v: 1 } },
    { type: 'update', data: { k: 'x', v: 1 }, old: { k: null } },
  ])
    expect(outcomeOf(twins, change)).toEqual({
      kind: 'dead',
      code: 'ROW_REJECTED',
      reason: "column k holds an invalid value in the key, which prints like the '' that it lists",
      reasons: [
        { path: 'k', rule: "holds an invalid value in the key, which prints like the '' that it lists" },
      ],
    });
  expect(outcomeOf(twins, { type: 'delete', data: { k: '', v: 1 } })).toMatchObject({ key: [''] });
});

test('a column of the key that is missing, or NULL in a type that has no such value, is no key', () => {
  expect(outcomeOf(list, { type: 'insert', data: { v: 1 } })).toMatchObject({ kind: 'dead' });
  expect(outcomeOf(list, null, { 'pk.other': 1 })).toMatchObject({ kind: 'dead' });
  expect(outcomeOf('int', { type: 'insert', data: { k: null, v: 1 } })).toMatchObject({ kind: 'dead' });
});
