import type { Client } from '@temporalio/client';
import { expect, onTestFinished, test } from 'vitest';
import { pruneFences } from '../../src/process/prune-fences.ts';
import { committedOffsets } from '../../src/kafka/committed-offsets.ts';
import { describeTopics } from '../../src/kafka/topics.ts';
import { migrateSource } from '../../src/mysql/migrations/migrate.ts';
import { deleteFencesBelow } from '../../src/apply/fences/delete-old-fences.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { cdc, topicOf } from '../../src/pipelines/cdc/cdc.ts';
import { connectTemporal } from '../../temporal/client/connection.ts';
import { searchAttributeKeys } from '../../temporal/contract.ts';
import { startAlir } from '../support/alir-process.ts';
import { connectTestKafka } from '../support/kafka.ts';
import { laneStack } from '../support/lane-stack.ts';
import { ordersPlace } from '../support/orders-place.ts';
import type { OrdersPlace } from '../support/make-place.ts';
import { ownPlace } from '../support/own-place.ts';

const table = 'pruned_rows';

async function inSource(place: OrdersPlace, ...statements: readonly string[]): Promise<void> {
  await withConnection(place.config.source, async (connection) => {
    for (const statement of statements) await connection.query(statement);
  });
}

async function connectedClient(place: OrdersPlace): Promise<Client> {
  const client = await connectTemporal(place.config);
  onTestFinished(() => client.connection.close());
  return client;
}

function visible(client: Client, workflowId: string, status: string): Promise<void> {
  const query = `WorkflowId = '${workflowId}' AND ExecutionStatus = '${status}'`;
  return expect
    .poll(async () => (await client.workflow.count(query)).count, { timeout: 60_000 })
    .toBeGreaterThan(0);
}

test('a fence goes when nothing that is older can be applied any more, and not before', async () => {
  const place = await ownPlace();
  const { brokers, database, config } = place;
  const kafka = await connectTestKafka(config.settings.KAFKA_BROKERS);
  const client = await connectedClient(place);
  await migrateSource(config.source, () => undefined);
  const topic = topicOf(config.source.database, table);
  onTestFinished(() => kafka.close());
  const replicaDatabase = config.settings.MYSQL_REPLICA_DATABASE;
  const targetTable = `${replicaDatabase}.${table}`;
  const fences = () => database.etlFence.count({ where: { targetTable, kind: 'key' } });
  const prune = () => pruneFences({ brokers, client, database, replicaDatabase });

  const alir = await startAlir('run', place.environment);
  await inSource(
    place,
    `CREATE TABLE ${table} (id INT PRIMARY KEY, n INT)`,
    `INSERT INTO ${table} VALUES (1, 1), (2, 2), (3, 3), (4, 4)`,
  );
  const source = { sourceDatabase: config.source.database, sourceTable: table };
  const replica = { where: { sourceDatabase_sourceTable: source } };
  await expect
    .poll(async () => (await database.etlReplicaTable.findUnique(replica))?.state, { timeout: 60_000 })
    .toBe('ready');
  await inSource(place, `DELETE FROM ${table} WHERE id <= 3`);
  await expect.poll(fences, { timeout: 60_000 }).toBe(3);
  const [described] = await describeTopics(brokers, [topic]);
  const end = described?.partitions[0]?.end ?? 0;
  await expect
    .poll(
      async () => (await committedOffsets(brokers, cdc.group, new Map([[topic, [0]]]))).get(`${topic}/0`),
      { timeout: 60_000 },
    )
    .toMatchObject({ offset: end });
  expect(await alir.end()).toBe(0);

  const order = { targetTable: 'orders', keyHash: Buffer.alloc(16, 1), keyText: '1', createdAt: new Date() };
  await database.etlFence.create({ data: order });

  await prune();
  expect(await fences(), 'the log still holds the inserts').toBe(3);

  await kafka.deleteRecords(topic, 0, end);
  const epoch = (await database.etlTopicEpoch.findFirst({ where: { topic } }))?.epoch ?? 0;
  const now = new Date();
  const letter = await database.etlDeadLetter.create({
    data: {
      ...{ pipeline: 'cdc', topic, epoch, partition: 0, offset: end - 2, code: 'ROW_REJECTED', reason: '' },
      ...{ headerBytes: Buffer.from('[]'), recordMs: 0, run: '', createdAt: now, updatedAt: now },
    },
  });
  await prune();
  expect(await fences(), 'a dead letter is older than two of the deletes').toBe(2);
  await database.etlDeadLetter.update({ where: { id: letter.id }, data: { status: 'loaded' } });

  const workflowId = `cdc/${topic}/${epoch}/0/${end - 1}`;
  const handle = await client.workflow.start('processBatch', {
    ...{ workflowId, taskQueue: 'nobody-polls-this', args: [] },
    typedSearchAttributes: [{ key: searchAttributeKeys.Pipeline, value: 'cdc' }],
  });
  await visible(client, workflowId, 'Running');
  await prune();
  expect(await fences(), 'a batch that runs begins with the last delete').toBe(1);
  await handle.terminate();
  await visible(client, workflowId, 'Terminated');

  await database.etlReplicaTable.update({ ...replica, data: { state: 'loading' } });
  await prune();
  expect(await fences(), 'a chunk of the load may be older').toBe(1);
  await database.etlReplicaTable.update({ ...replica, data: { state: 'ready' } });

  const backfill = { id: 'b1', pipeline: 'cdc', via: 'kafka', state: 'paused', plan: {}, workflowId: '' };
  await database.etlBackfill.create({ data: { ...backfill, createdAt: now, updatedAt: now } });
  await prune();
  expect(await fences(), 'a backfill is open').toBe(1);
  await database.etlBackfill.update({ where: { id: backfill.id }, data: { state: 'completed' } });

  await prune();
  expect(await fences()).toBe(0);
  expect(await database.etlFence.count({ where: { targetTable } }), 'ranges are fences, too').toBe(0);
  expect(await database.etlFence.count({ where: { targetTable: 'orders' } })).toBe(1);
});

test('many fences go in many statements, and only those of the table below the floor', async () => {
  const { database } = await ordersPlace(laneStack());
  const rows = Array.from({ length: 25 }, (_, index) => ({
    targetTable: index === 24 ? 'olap.other' : 'olap.t',
    kind: index % 3 === 0 ? 'range' : 'key',
    keyHash: Buffer.alloc(16, index),
    keyText: String(index),
    ...{ v1: index < 5 ? 1 : 2, v2: index < 5 ? 1_000 : index, createdAt: new Date() },
  }));
  await database.etlFence.createMany({ data: rows });
  const task = { table: { database: 'olap', name: 't' }, pipeline: 'cdc', floor: { epoch: 2, offset: 20 } };
  expect(await deleteFencesBelow(database, task, 4)).toBe(20);
  const left = await database.etlFence.findMany({ orderBy: { v2: 'asc' } });
  expect(left.map(({ keyText }) => keyText)).toEqual(['20', '21', '22', '23', '24']);
  expect(await deleteFencesBelow(database, task, 4)).toBe(0);
});
