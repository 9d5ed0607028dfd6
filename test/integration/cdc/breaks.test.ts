import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBreaks } from '../../../src/operations/status/break-status.ts';
import type { PartitionStatus } from '../../../src/operations/status/partition-status.ts';
import { createEpochStore } from '../../../src/metadata/epochs.ts';
import { readHistory } from '../../../src/metadata/history/read-history.ts';
import { cdc, topicOf } from '../../../src/pipelines/cdc/cdc.ts';
import { orders } from '../../../src/pipelines/orders/orders.ts';
import { testDatabase } from '../../support/mysql.ts';

let bookkeeping: Awaited<ReturnType<typeof testDatabase>>;
const items = topicOf('app_producer', 'items');

beforeAll(async () => {
  bookkeeping = await testDatabase();
});
afterAll(() => bookkeeping.close());

async function breaks(pipeline: typeof cdc, ...topics: readonly string[]) {
  const partitions = topics.map((topic): PartitionStatus => ({
    topic,
    partition: 0,
    start: 0,
    end: 9,
    committed: 9,
    lag: 0,
  }));
  const { database, address } = bookkeeping;
  const history = await readHistory(database, pipeline.name);
  const found = await readBreaks(pipeline, database, history, address, partitions, []);
  return found.map(({ kind, what, remedy }) => ({ kind, what, remedy }));
}

/** Notes that the table was compared, or read, at this moment. */
async function mend(how: 'verified' | 'loaded'): Promise<void> {
  await bookkeeping.database.$executeRawUnsafe(
    how === 'verified'
      ? 'INSERT INTO etl_verifications (id, source_database, source_table, state, created_at, updated_at) ' +
          "VALUES ('v', 'app_producer', 'items', 'equal', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))"
      : 'INSERT INTO etl_replica_tables (source_database, source_table, state, loaded_at, updated_at) ' +
          "VALUES ('app_producer', 'items', 'ready', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
  );
}

test('a topic that was made again is told until its table has been read', async () => {
  const store = createEpochStore(bookkeeping.database);
  for (const topic of [items, 'raw_orders']) {
    await store.begin(topic, { topicId: 'a', partitions: 1, firstOffsets: [0], replaces: null });
    expect(await breaks(topic === items ? cdc : orders, topic)).toEqual([]);
    await store.begin(topic, { topicId: 'b', partitions: 1, firstOffsets: [0], replaces: 1 });
  }
  expect(await breaks(cdc, items)).toEqual([
    {
      kind: 'epoch',
      what: `${items} was made again (epoch 2): the unread records of epoch 1 are gone`,
      remedy: 'alir replica reload items --wait',
    },
  ]);
  expect(await breaks(orders, 'raw_orders')).toMatchObject([
    { kind: 'epoch', remedy: expect.stringContaining('send them again') as string },
  ]);
  await mend('loaded');
  expect(await breaks(cdc, items)).toEqual([]);
});

test('a binlog that went back is told until the table was found equal', async () => {
  for (const [first, position] of [
    [0, 'binlog.000009:99'],
    [1, 'binlog.000001:400'],
  ] as const)
    await bookkeeping.database.$executeRawUnsafe(
      'INSERT INTO etl_batches (pipeline, topic, topic_id, epoch, `partition`, first_offset, last_offset, run, workflow_id, ' +
        "flag, first_position, last_position, started_at, committed_at) VALUES ('cdc', ?, 'b', 2, 0, ?, ?, 'r', 'w', 'live', ?, ?, " +
        'UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))',
      items,
      first,
      first,
      position,
      position,
    );
  expect(await breaks(cdc, items)).toMatchObject([
    { kind: 'jump', remedy: 'alir verify --table items --repair' },
  ]);
  await mend('verified');
  expect(await breaks(cdc, items)).toEqual([]);
});
