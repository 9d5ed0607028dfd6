import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mariadb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { MysqlAddress } from '../../../src/config/load-config.ts';
import type { Database } from '../../../src/mysql/connection.ts';
import { ReplicaUpdater } from '../../../src/replica/replica-updater.ts';
import type { ReplicaContext } from '../../../src/replica/replica-context.ts';
import { SourceSchemas } from '../../../src/replica/source-schemas.ts';
import { requestLoad } from '../../../src/metadata/table-loads.ts';
import { readingOf } from '../../../src/metadata/table-states.ts';
import { ensureDatabase } from '../../../src/mysql/server-connection.ts';
import { dropDatabase, testDatabase } from '../../support/mysql.ts';
import { connectUnlogged } from '../../support/unlogged-mysql.ts';

let database: Database;
let source: MysqlAddress;
let root: Connection;
let place: ReplicaContext;
let schemas: SourceSchemas;
let close: () => Promise<void>;

beforeAll(async () => {
  const opened = await testDatabase({ poolSize: 4 });
  ({ database } = opened);
  const named = (part: string): string => opened.address.database.replace('app_consumer', part);
  const maxwell = { database: named('app_maxwell'), clientId: 'maxwell' };
  source = { ...opened.address, database: named('app_source'), maxwell };
  const databases = [source.database, named('app_olap'), maxwell.database];
  for (const name of databases) await ensureDatabase({ ...source, database: name });
  root = await connectUnlogged(source);
  place = {
    source,
    target: opened.address,
    replicaDatabase: named('app_olap'),
    database,
    nextDdl: () => Promise.resolve([]),
    mostRowsReread: 1_000_000,
  };
  await root.query(
    `CREATE TABLE ${positions()} (server_id BIGINT, binlog_file VARCHAR(255), binlog_position BIGINT, ` +
      'client_id VARCHAR(255), last_heartbeat_read BIGINT)',
  );
  await root.query(
    `INSERT INTO ${positions()} VALUES (@@GLOBAL.server_id, 'binlog.000001', 4, 'maxwell', 1)`,
  );
  await root.query('CREATE TABLE t (id INT PRIMARY KEY)');
  await root.query('CREATE TABLE u (id INT PRIMARY KEY)');
  close = async () => {
    await root.end();
    for (const name of databases) await dropDatabase({ ...source, database: name });
    await opened.close();
  };
});
afterAll(() => close());
beforeEach(() => {
  schemas = new SourceSchemas(place, new ReplicaUpdater(place));
});

const positions = (): string => `${source.maxwell!.database}.positions`;
const standsAt = (file: string, offset: number): Promise<unknown> =>
  root.query(`UPDATE ${positions()} SET binlog_file = ?, binlog_position = ?`, [file, offset]);
/** Far behind whatever the binlog has by now. */
const passesAll = (): Promise<unknown> => standsAt('binlog.999999', 4);

/** A batch that holds a dead record, written under the schema of this number. */
async function deadBatch(schemaId: number, table = 't'): Promise<number | null> {
  await schemas.follow(source.database, table, schemaId);
  return schemas.readAfter(source.database, table);
}

/** What Maxwell told of, and then it has passed everything. */
async function tells(table = 't'): Promise<number> {
  await delay(1_500); // whoever does not wait has its answer by then
  const name = { database: source.database, table };
  await requestLoad(database, name, { waitFor: null, askedBy: 'definition' });
  await passesAll();
  return (await readingOf(database, name)).requestedAt!;
}

test('of many batches with a dead record the first one waits for Maxwell', async () => {
  await standsAt('binlog.000001', 4);
  await schemas.follow(source.database, 't', 1); // which makes the replica's table
  const batches = Promise.all([deadBatch(1), deadBatch(1), deadBatch(1)]);
  const told = await tells();
  expect(await batches).toEqual([told, told, told]);
  // Whatever the binlog gets from now on, the definition that these are judged by was read before.
  await standsAt('binlog.000001', 4);
  for (let batch = 0; batch < 40; batch += 1) expect(await deadBatch(1)).toBe(told);
});

test('a definition that was read anew is waited for again, once for all tables that were read before', async () => {
  await passesAll();
  await deadBatch(1);
  await standsAt('binlog.000001', 4);
  await schemas.follow(source.database, 'u', 2);
  const batch = deadBatch(2);
  const told = await tells();
  expect(await batch).toBe(told);
  await standsAt('binlog.000001', 4);
  for (let more = 0; more < 20; more += 1) {
    await schemas.readAfter(source.database, 'u');
    expect(await deadBatch(2)).toBe(told);
  }
});

test('a Maxwell that stands still is waited for once, one that goes on again until it has told', async () => {
  await standsAt('binlog.000001', 4);
  for (let schema = 1; schema <= 20; schema += 1) await deadBatch(schema);
  await standsAt('binlog.000001', 5);
  const batch = deadBatch(20);
  const told = await tells();
  expect(await batch).toBe(told);
});
