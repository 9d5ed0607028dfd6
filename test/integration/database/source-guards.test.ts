import { randomUUID } from 'node:crypto';
import type { Connection } from 'mariadb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import { loadRows } from '../../../src/replica/load-rows.ts';
import { hasMaxwellPassed } from '../../../src/replica/maxwell-position.ts';
import { ReplicaUpdater } from '../../../src/replica/replica-updater.ts';
import { askBinlogEnd } from '../../../src/replica/source-server.ts';
import type { SourceReader } from '../../../src/replica/source-table.ts';
import { requestLoad } from '../../../src/metadata/table-loads.ts';
import { listTableStates, type TableState } from '../../../src/metadata/table-states.ts';
import { maxwellBehind, readSourceBinlog } from '../../../src/replica/binlog.ts';
import { ensureDatabase } from '../../../src/mysql/server-connection.ts';
import type { MysqlAddress } from '../../../src/config/load-config.ts';
import { startBreakingProxy, type BreakingProxy } from '../../support/breaking-proxy.ts';
import { dropDatabase, testDatabase } from '../../support/mysql.ts';
import { connectUnlogged } from '../../support/unlogged-mysql.ts';

/** A user of the source who may read its tables, and nothing else. */
const blind = `blind_${randomUUID().slice(0, 8)}`;

let database: Database;
let address: MysqlAddress;
let source: MysqlAddress;
let olap: string;
let root: Connection;
let proxy: BreakingProxy;
let close: () => Promise<void>;

beforeAll(async () => {
  const opened = await testDatabase({ poolSize: 2 });
  ({ address, database } = opened);
  olap = address.database.replace('app_consumer', 'app_olap');
  const own = address.database.replace('app_consumer', 'app_source');
  const maxwell = { database: address.database.replace('app_consumer', 'app_maxwell'), clientId: 'maxwell' };
  source = { ...address, database: own, maxwell };
  for (const name of [own, olap, maxwell.database]) await ensureDatabase({ ...address, database: name });
  root = await connectUnlogged({ ...address, database: own });
  await root.query(`CREATE USER '${blind}'@'%' IDENTIFIED WITH mysql_native_password BY 'blind'`);
  await root.query(`GRANT SELECT ON ${own}.* TO '${blind}'@'%'`);
  proxy = await startBreakingProxy(address);
  close = async () => {
    await proxy.close();
    await root.query(`DROP USER '${blind}'@'%'`);
    await root.end();
    for (const name of [own, olap, maxwell.database]) await dropDatabase({ ...address, database: name });
    await opened.close();
  };
});
afterAll(() => close());
beforeEach(async () => {
  await root.query(`REVOKE ALL PRIVILEGES, GRANT OPTION FROM '${blind}'@'%'`);
  await root.query(`GRANT SELECT, LOCK TABLES ON ${source.database}.* TO '${blind}'@'%'`);
  await root.query(`DROP TABLE IF EXISTS ${positions()}`);
});

const positions = (): string => `${source.maxwell!.database}.positions`;
const asBlind = (): MysqlAddress => ({ ...source, user: blind, password: 'blind' });

async function maxwellStandsAt(offset: number, client = 'maxwell'): Promise<void> {
  await root.query(
    `CREATE TABLE IF NOT EXISTS ${positions()} (server_id BIGINT, binlog_file VARCHAR(255), binlog_position BIGINT, ` +
      'client_id VARCHAR(255), last_heartbeat_read BIGINT)',
  );
  await root.query(`INSERT INTO ${positions()} SELECT @@GLOBAL.server_id, 'binlog.000001', ?, ?, 1`, [
    offset,
    client,
  ]);
}

function readerOf(of: MysqlAddress): SourceReader {
  const place = {
    source: of,
    target: address,
    replicaDatabase: olap,
    database,
    nextDdl: () => Promise.resolve([]),
    mostRowsReread: 1_000_000,
  };
  return { ...place, updater: new ReplicaUpdater(place), endOf: () => Promise.resolve({ end: 8, epoch: 1 }) };
}

async function stateOf(name: string): Promise<TableState> {
  return (await listTableStates(database)).find(({ table }) => table === name)!;
}

const load = (reader: SourceReader, table: string) =>
  loadRows(reader, { database: source.database, table, load: 1 }, new AbortController().signal);

const at = 'binlog.000001:100';

test('what Maxwell has passed, and a server that it has never read', async () => {
  expect(await hasMaxwellPassed(source, at)).toBe(true);
  const nowhere = { ...source, maxwell: { database: 'app_no_maxwell', clientId: 'maxwell' } };
  expect(await hasMaxwellPassed(nowhere, at)).toBe(true);
  await maxwellStandsAt(99);
  expect(await hasMaxwellPassed(source, at)).toBe(false);
  await root.query(`UPDATE ${positions()} SET binlog_position = 100`);
  expect(await hasMaxwellPassed(source, at)).toBe(true);
  await root.query(`UPDATE ${positions()} SET client_id = 'another'`);
  await expect(hasMaxwellPassed(source, at)).rejects.toMatchObject({
    remedy: expect.stringContaining('MAXWELL_CLIENT_ID') as string,
  });
});

test('a lost connection is an error, never an answer', async () => {
  await maxwellStandsAt(99);
  const broken = { ...source, port: proxy.port };
  proxy.breakAt('positions');
  await expect(hasMaxwellPassed(broken, at)).rejects.toMatchObject({ code: 'MYSQL_UNAVAILABLE' });
  expect(proxy.broken()).toBe(1);
  proxy.breakAt('SHOW MASTER STATUS');
  await expect(askBinlogEnd(broken)).rejects.toMatchObject({ code: 'MYSQL_UNAVAILABLE' });
  expect(await askBinlogEnd(broken)).toMatch(/^.+\.\d+:\d+$/);
});

test('what may not be seen is told with the grant that is missing', async () => {
  await maxwellStandsAt(99);
  const denied = { code: 'MYSQL_ACCESS_DENIED' };
  const grant = (text: string) => ({ ...denied, remedy: expect.stringContaining(text) as string });
  await expect(hasMaxwellPassed(asBlind(), at)).rejects.toMatchObject(
    grant(`GRANT SELECT ON \`${source.maxwell!.database}\`.* TO '${blind}'@…`),
  );
  await expect(askBinlogEnd(asBlind())).rejects.toMatchObject(
    grant(`GRANT REPLICATION CLIENT ON *.* TO '${blind}'@…`),
  );
  // Displays go on without.
  expect(await readSourceBinlog(asBlind())).toBeNull();
  expect(await maxwellBehind(asBlind(), { files: [{ name: 'binlog.000009', bytes: 1 }] })).toBeNull();
});

test('a table is not read from a server of which nobody knows whether Maxwell reads it', async () => {
  await maxwellStandsAt(99);
  await root.query('CREATE TABLE unseen (id INT PRIMARY KEY)');
  await root.query('INSERT INTO unseen VALUES (1)');
  const reader = readerOf(asBlind());
  // What comes live is applied all the same.
  await reader.updater.update(source.database, 'unseen');
  await expect(load(reader, 'unseen')).rejects.toMatchObject({ code: 'MYSQL_ACCESS_DENIED' });
  expect(await stateOf('unseen')).toMatchObject({ state: 'loading', loadedRows: 0 });
  await root.query(`GRANT SELECT ON ${source.maxwell!.database}.* TO '${blind}'@'%'`);
  expect(await load(reader, 'unseen')).toMatchObject({ rows: 1 });
});

test('a table that is missing on a server that Maxwell does not read is not gone', async () => {
  const reader = readerOf(source);
  await root.query('CREATE TABLE elsewhere (id INT PRIMARY KEY)');
  await reader.updater.update(source.database, 'elsewhere');
  await maxwellStandsAt(99);
  await root.query(`UPDATE ${positions()} SET server_id = server_id + 1`);
  await root.query('DROP TABLE elsewhere');
  await expect(reader.updater.update(source.database, 'elsewhere')).rejects.toMatchObject({
    code: 'TABLE_PAUSED',
  });
  expect((await stateOf('elsewhere')).reason).toContain('but Maxwell reads server');
});

test('a table that is to be read again is paused while the end of the binlog may not be seen', async () => {
  await root.query('CREATE TABLE altered (id INT PRIMARY KEY)');
  const reader = readerOf(asBlind());
  await reader.updater.update(source.database, 'altered');
  await root.query("ALTER TABLE altered ADD note VARCHAR(9) NOT NULL DEFAULT 'baru'");
  await expect(reader.updater.update(source.database, 'altered')).rejects.toMatchObject({
    code: 'TABLE_PAUSED',
  });
  const { state, reason, loads } = await stateOf('altered');
  expect({ state, loads }).toEqual({ state: 'paused', loads: 1 });
  expect(reason).toContain('GRANT REPLICATION CLIENT');
  await root.query(`GRANT REPLICATION CLIENT ON *.* TO '${blind}'@'%'`);
  await reader.updater.update(source.database, 'altered');
  // The first load has not begun: it covers the ALTER, once it waits for it.
  expect(await stateOf('altered')).toMatchObject({ state: 'loading', loads: 1 });
  expect((await stateOf('altered')).waitFor).not.toBeNull();
});

test('with a lost connection no load is asked for that would not wait', async () => {
  await root.query('CREATE TABLE broken (id INT PRIMARY KEY)');
  const reader = readerOf({ ...source, port: proxy.port });
  await reader.updater.update(source.database, 'broken');
  await requestLoad(
    database,
    { database: source.database, table: 'broken' },
    { waitFor: null, askedBy: 'definition' },
  );
  await root.query("ALTER TABLE broken ADD note VARCHAR(9) NOT NULL DEFAULT 'baru'");
  proxy.breakAt('SHOW MASTER STATUS');
  await expect(reader.updater.update(source.database, 'broken')).rejects.toMatchObject({
    code: 'MYSQL_UNAVAILABLE',
  });
  expect((await stateOf('broken')).loads).toBe(2);
  await reader.updater.update(source.database, 'broken');
  expect((await stateOf('broken')).waitFor).not.toBeNull();
  await root.query('DROP TABLE broken');
});
