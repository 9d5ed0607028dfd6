import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { BatchCache } from '../../../src/kafka/batch-cache.ts';
import { openDatabase, type Database } from '../../../src/mysql/connection.ts';
import { createEpochStore } from '../../../src/metadata/epochs.ts';
import { recordGap } from '../../../src/metadata/batches.ts';
import { holdTable, releasePassed } from '../../../src/metadata/table-pauses.ts';
import { ReplicaUpdater } from '../../../src/replica/replica-updater.ts';
import { SourceSchemas } from '../../../src/replica/source-schemas.ts';
import { finishLoad, requestLoad } from '../../../src/metadata/table-loads.ts';
import { markTable, resumeTable } from '../../../src/metadata/table-states.ts';
import { topicOf } from '../../../src/pipelines/cdc/cdc.ts';
import type { Flag } from '../../../src/pipelines/range.ts';
import type { BatchTask } from '../../../temporal/contract.ts';
import { applyTask } from '../../../temporal/activities/apply-task.ts';
import type { BatchResources } from '../../../temporal/activities/resources.ts';
import { createNotes, notesTable } from '../../support/batches.ts';
import { testDatabase } from '../../support/mysql.ts';

const shop = 'app_shop';
const table = 'products';
const source = { database: shop, table };
const topic = topicOf(shop, table);
const replica = { ...notesTable, database: 'app_olap', name: table };

let database: Database;
let close: () => Promise<void>;
let secondDatabase: Database;
/** Two workers: they share nothing but the database. */
let one: BatchResources;
let other: BatchResources;

function worker(of: Database): BatchResources {
  const place = {
    source: { host: '', port: 0, user: '', password: '', database: shop },
    target: { host: '', port: 0, user: '', password: '', database: '' },
    replicaDatabase: 'app_olap',
    database: of,
    nextDdl: () => Promise.resolve([]),
    mostRowsReread: 1_000_000,
  };
  const resources: Partial<BatchResources> = {
    database: of,
    tables: new SourceSchemas(place, new ReplicaUpdater(place)),
    outcomes: new BatchCache(0),
  };
  return resources as BatchResources;
}

beforeAll(async () => {
  const opened = await testDatabase({ poolSize: 2 });
  database = opened.database;
  secondDatabase = openDatabase(opened.address, { poolSize: 2 });
  [one, other] = [worker(database), worker(secondDatabase)];
  await createNotes(database);
  close = async () => {
    await secondDatabase.$disconnect();
    await opened.close();
  };
});
afterAll(() => close());
beforeEach(async () => {
  for (const name of ['etl_replica_tables', 'etl_batches', 'etl_topic_epochs', 'etl_targets'])
    await database.$executeRawUnsafe(`DELETE FROM ${name}`);
  await requestLoad(database, source, { waitFor: null, askedBy: 'person' });
  await finishLoad(database, { ...source, load: 1 }, 'ready');
});

/** A batch of ten records from offset `first` on; a later one has a later stamp. */
function task(
  first: number,
  options: { pipeline?: string; partition?: number; epoch?: number; flag?: Flag; made?: Date } = {},
): BatchTask {
  const { pipeline = 'cdc', partition = 0, epoch = 1, flag = 'live', made = new Date() } = options;
  const range = { pipeline, topic, topicId: `topic-${epoch}`, epoch, partition, first, last: first + 9 };
  return { range, flag, syncAt: made.toISOString(), run: randomUUID() };
}

const hold = (worker: BatchResources, batch: BatchTask, reason: string): Promise<void> =>
  holdTable(worker.database, worker.tables.replicaDatabase, batch, reason);

const apply = (worker: BatchResources, batch: BatchTask): Promise<unknown> =>
  applyTask(worker, batch, { table: batch.range.pipeline === 'cdc' ? replica : notesTable, rows: [] });

async function state(): Promise<string> {
  const row = await database.etlReplicaTable.findFirstOrThrow({ where: { sourceTable: table } });
  return row.reason === null ? row.state : `${row.state}: ${row.reason}`;
}

test('a batch of another pipeline that reads the same topic neither pauses the replica nor lets it go on', async () => {
  const held = task(20);
  await hold(one, held, 'not whole');
  for (const worker of [one, other]) {
    await apply(worker, task(0, { pipeline: 'orders' }));
    await apply(worker, task(20, { pipeline: 'orders' }));
    await apply(worker, task(30, { pipeline: 'orders' }));
  }
  expect(await state()).toBe('paused: not whole');
  await apply(one, held);
  expect(await state()).toBe('ready');
  await hold(one, task(40, { pipeline: 'orders' }), 'of orders');
  expect(await state()).toBe('ready');
});

test('the worker that applies the batch lets the table go on, whoever paused it, with the load that it owes', async () => {
  // It has applied a batch before: what it remembers of then is no reason to leave the table paused.
  await apply(other, task(0));
  const held = task(10);
  await hold(one, held, 'not whole');
  await apply(other, held);
  expect(await state()).toBe('ready');

  const next = task(20);
  await requestLoad(database, source, { waitFor: null, askedBy: 'person' });
  await hold(one, next, 'not whole');
  expect(await state()).toBe('paused: not whole');
  await apply(other, next);
  expect(await state()).toBe('loading');
});

test('a load that ends meanwhile leaves the table paused', async () => {
  const held = task(10);
  await requestLoad(database, source, { waitFor: null, askedBy: 'person' });
  await hold(one, held, 'not whole');
  await finishLoad(database, { ...source, load: 2 }, 'ready');
  expect(await state()).toBe('paused: not whole');
  await apply(other, held);
  expect(await state()).toBe('ready');
});

test('an attempt that fails after another one has applied the batch pauses nothing', async () => {
  const made = new Date(Date.now() - 60_000);
  const batch = task(10, { made });
  await apply(one, batch);
  await hold(other, batch, 'late');
  expect(await state()).toBe('ready');
  // Of a run that was terminated, and another run has done its work.
  await hold(other, task(10, { made }), 'late');
  expect(await state()).toBe('ready');
  // The group's offsets were reset: the same range is read again.
  await hold(other, task(10, { made: new Date(Date.now() + 60_000) }), 'again');
  expect(await state()).toBe('paused: again');
});

test('batches of other partitions, earlier ones and replays do not end the pause', async () => {
  await hold(one, task(20, { partition: 1 }), 'not whole');
  await apply(other, task(100, { partition: 0 }));
  await apply(other, task(0, { partition: 1 }));
  await apply(other, task(20, { partition: 1, flag: 'replay' }));
  expect(await state()).toBe('paused: not whole');
  // Who comes second waits as well; the table goes on when the first does, and is held again at its next attempt.
  await hold(one, task(50, { partition: 2 }), 'another');
  expect(await state()).toBe('paused: not whole');
  await apply(other, task(25, { partition: 1 }));
  expect(await state()).toBe('ready');
});

test('a replay that cannot go on does not pause the table, whose changes are applied', async () => {
  await hold(one, task(20, { flag: 'replay' }), 'not whole');
  await hold(one, task(20, { flag: 'backfill' }), 'not whole');
  expect(await state()).toBe('ready');
});

test('a topic that is made again ends the pause of the former one', async () => {
  await hold(one, task(20, { partition: 3 }), 'more partitions');
  await apply(other, task(0, { epoch: 2 }));
  expect(await state()).toBe('ready');

  await hold(one, task(20, { partition: 3 }), 'more partitions');
  const epochs = createEpochStore(database);
  for (const replaces of [null, 1])
    await epochs.begin(topic, { topicId: `t${replaces}`, partitions: 1, firstOffsets: [0], replaces });
  await releasePassed(database);
  expect(await state()).toBe('ready');
});

test('a range that nobody will read any more ends the pause', async () => {
  const held = task(20, { made: new Date(Date.now() - 60_000) });
  await hold(one, held, 'not whole');
  await releasePassed(database);
  expect(await state()).toBe('paused: not whole');
  await recordGap(database, 'cdc', { ...held.range, first: 20, last: 40 });
  await releasePassed(database);
  expect(await state()).toBe('ready');
});

test('what is wrong with the table itself is told first, and stays when the batch is applied', async () => {
  const held = task(20);
  await hold(one, held, 'not whole');
  await resumeTable(database, source);
  expect(await state()).toBe('paused: not whole');
  for (const own of ['paused', 'refused'] as const) {
    await markTable(database, source, own, 'its key');
    await hold(one, held, 'not whole');
    expect(await state()).toBe(`${own}: its key`);
  }
  await apply(other, held);
  expect(await state()).toBe('refused: its key');
  await resumeTable(database, source);
  expect(await state()).toBe('ready');
});
