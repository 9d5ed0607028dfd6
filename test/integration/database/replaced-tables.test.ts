import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DdlEvent } from '../../../src/cdc/ddl/ddl-event.ts';
import { loadRows } from '../../../src/replica/load-rows.ts';
import { askBinlogEnd } from '../../../src/replica/source-server.ts';
import { requestLoad } from '../../../src/metadata/table-loads.ts';
import { listTableStates, type TableState } from '../../../src/metadata/table-states.ts';
import { keyPlace, type KeyPlace } from './key-order-fixture.ts';

let place: KeyPlace;

beforeAll(async () => {
  place = await keyPlace();
});
afterAll(() => place?.close());

const stateOf = async (name: string): Promise<TableState> =>
  (await listTableStates(place.database)).find(({ table }) => table === name)!;

/** Runs a statement, and has it told by where the binlog ends then. */
async function told(table: string, sql: string): Promise<DdlEvent> {
  await place.run(sql);
  return {
    type: sql.startsWith('DROP') ? 'table-drop' : 'table-create',
    database: place.source,
    table,
    position: await askBinlogEnd(place.reader.source),
    schemaId: null,
    sql,
    timeMs: Date.now(),
    def: null,
    old: null,
  };
}

async function load(table: string): Promise<void> {
  const { loads } = await stateOf(table);
  const what = { database: place.source, table, load: loads };
  await loadRows(place.reader, what, new AbortController().signal);
}

test('a table that was made again with another key while a load waited is made again in the replica too', async () => {
  const table = 'again';
  await place.run(`CREATE TABLE ${table} (id INT, k INT, n INT, PRIMARY KEY (id, k))`);
  await place.run(`INSERT INTO ${table} VALUES (1, 1, 1), (2, 2, 2)`);
  await place.load(table);
  expect(await place.differing(table)).toEqual([]);
  const dropped = await told(table, `DROP TABLE ${table}`);
  const created = await told(table, `CREATE TABLE ${table} (id INT, k INT, n INT, PRIMARY KEY (k, id))`);
  await place.run(`INSERT INTO ${table} VALUES (3, 3, 3)`);
  place.tell(dropped, created);
  // It begins with all of that behind it, and finds the replica's table with the former key.
  const waitFor = await askBinlogEnd(place.reader.source);
  await requestLoad(place.database, { database: place.source, table }, { waitFor, askedBy: 'definition' });
  await load(table);
  expect(await stateOf(table)).toMatchObject({ state: 'loading', reason: null });
  await load(table);
  expect(await stateOf(table)).toMatchObject({ state: 'ready', loadedRows: 1 });
  expect(await place.differing(table)).toEqual([]);
});

test('one that was made again before its first load began, which was asked for once more since', async () => {
  const table = 'again_unread';
  await place.run(`CREATE TABLE ${table} (id INT, k INT, n INT, PRIMARY KEY (id, k))`);
  await place.reader.updater.update(place.source, table);
  const dropped = await told(table, `DROP TABLE ${table}`);
  const created = await told(table, `CREATE TABLE ${table} (id INT, k INT, n INT, PRIMARY KEY (k, id))`);
  await place.run(`INSERT INTO ${table} VALUES (3, 3, 3)`);
  place.tell(dropped, created);
  const waitFor = await askBinlogEnd(place.reader.source);
  const later = Date.now() + 5_000;
  await requestLoad(place.database, { database: place.source, table }, { waitFor, askedBy: 'definition' });
  await place.database.etlReplicaTable.updateMany({
    where: { sourceDatabase: place.source, sourceTable: table },
    data: { requestedAt: new Date(later) },
  });
  await place.reader.updater.update(place.source, table);
  await load(table);
  expect(await stateOf(table)).toMatchObject({ state: 'ready', loadedRows: 1 });
  expect(await place.differing(table)).toEqual([]);
});

test('a key that was changed in mid-load still waits for people', async () => {
  const table = 'other_key';
  await place.run(`CREATE TABLE ${table} (id INT, k INT, n INT, PRIMARY KEY (id, k))`);
  await place.run(`INSERT INTO ${table} VALUES (1, 1, 1)`);
  await place.load(table);
  await place.run(`ALTER TABLE ${table} DROP PRIMARY KEY, ADD PRIMARY KEY (k, id)`);
  const waitFor = await askBinlogEnd(place.reader.source);
  await requestLoad(place.database, { database: place.source, table }, { waitFor, askedBy: 'definition' });
  await expect(load(table)).rejects.toMatchObject({ code: 'TABLE_PAUSED' });
  expect(await stateOf(table)).toMatchObject({ state: 'paused' });
});
