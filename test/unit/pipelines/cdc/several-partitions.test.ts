import { describe, expect, test } from 'vitest';
import type { TableSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { cdc, topicOf } from '../../../../src/pipelines/cdc/cdc.ts';
import { packOutcome } from '../../../../src/pipelines/packed-outcome.ts';
import type { FoundTable, Outcome, ReplicaTables } from '../../../../src/pipelines/pipeline.ts';
import { makeRecord } from '../../../support/records.ts';
import { columnOf } from '../../cdc/types/column.ts';

const topic = topicOf('shop', 'items');
const schema: TableSchema = {
  database: 'shop',
  table: 'items',
  columns: [columnOf('int', { name: 'item_id' }), columnOf('text', { name: 'order_no' })],
  key: ['item_id'],
  hasPrimaryKey: true,
  charset: 'utf8mb4',
  collation: 'utf8mb4_general_ci',
};

const found = (...partitions: readonly number[]): FoundTable => ({
  schema,
  readAfter: null,
  partitionsOf: new Map(partitions.map((number, index) => [index + 1, number])),
});

function recordOf(envelope: object, partition = 0) {
  const value = Buffer.from(
    JSON.stringify({ database: 'shop', table: 'items', ts: 1_795_000_000, ...envelope }),
  );
  return makeRecord({ topic, partition, offset: 41, timestamp: 0, key: null, value, headers: [] });
}

async function outcomeOf(table: FoundTable, envelope: object, partition = 0, epoch = 1): Promise<Outcome> {
  const tables: ReplicaTables = {
    replicaDatabase: 'app_olap',
    follow: () => Promise.resolve(table),
    readAfter: () => Promise.resolve(null),
    forget: () => undefined,
  };
  const record = recordOf(envelope, partition);
  const flow = await cdc.open(topic, [record], tables);
  const outcome = flow.transform(record, { flag: 'live', syncAt: '2026-11-25T03:00:01.500Z', epoch });
  expect(packOutcome(flow.table, record, outcome, () => Buffer.alloc(0)).kind).toBe(outcome.kind);
  return outcome;
}

const renamed = { type: 'update', data: { item_id: 2, order_no: 'A' }, old: { item_id: 1 } };

describe('a change of a key', () => {
  test('takes the former row with it in a topic of one partition', async () => {
    for (const table of [found(1), { schema, readAfter: null }]) {
      expect(await outcomeOf(table, renamed)).toMatchObject({ key: ['2'], replaces: ['1'] });
    }
  });

  test('leaves the former row in a topic of several, and says so', async () => {
    const outcome = await outcomeOf(found(3), renamed, 2);
    expect(outcome).toMatchObject({ kind: 'upsert', key: ['2'], leavesFormer: true });
    expect(outcome).not.toHaveProperty('replaces');
  });

  test('goes by the partitions of its own epoch', async () => {
    expect(await outcomeOf(found(3, 1), renamed, 0, 1)).toHaveProperty('leavesFormer');
    expect(await outcomeOf(found(3, 1), renamed, 0, 2)).toHaveProperty('replaces');
  });
});

test('other changes in a topic of several partitions are as in one', async () => {
  const update = { type: 'update', data: { item_id: 2, order_no: 'A' }, old: { order_no: 'B' } };
  expect(await outcomeOf(found(3), update, 1)).not.toHaveProperty('leavesFormer');
  const removed = { type: 'delete', data: { item_id: 2, order_no: 'A' } };
  expect(await outcomeOf(found(3), removed, 1)).toEqual({ kind: 'delete', key: ['2'], version: [1, 41, 0] });
});

test('a partition that the topic did not have at first waits', async () => {
  await expect(outcomeOf(found(1), renamed, 1)).rejects.toMatchObject({ code: 'TABLE_PAUSED' });
});

describe('names in camel case', () => {
  const data = { itemId: 2, orderNo: 'A' };

  test('are understood where the envelope shows them', async () => {
    const envelope = { ...renamed, data, old: { itemId: 1 }, schemaId: 4 };
    expect(await outcomeOf(found(1), envelope)).toMatchObject({
      key: ['2'],
      replaces: ['1'],
      row: { order_no: 'A' },
    });
  });

  test('are refused with the setting to change where it does not', async () => {
    expect(await outcomeOf(found(1), { type: 'insert', data })).toEqual({
      kind: 'dead',
      code: 'ENVELOPE_INVALID',
      reason: 'its names are not spelt as in the source: set output_naming_strategy=none in Maxwell',
    });
  });
});

describe('what is too large', () => {
  test('for a message: Maxwell names its own reason', async () => {
    const skeleton = { type: 'insert', data: { item_id: 2 }, reason: 'RecordTooLargeException' };
    expect(await outcomeOf(found(1), skeleton)).toEqual({
      kind: 'ignored',
      why: 'Maxwell could not send the row (RecordTooLargeException): it is read from the source',
      refetch: [['2']],
    });
  });

  test('for a statement', async () => {
    const data = { item_id: 2, order_no: 'x'.repeat(16_777_216) };
    expect(await outcomeOf(found(1), { type: 'insert', data })).toEqual({
      kind: 'dead',
      code: 'ROW_REJECTED',
      reason: 'the record has more than 16777216 bytes',
    });
  });
});
