import type { Connection } from 'mariadb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import { loadRows } from '../../../src/replica/load-rows.ts';
import { removalLimitOf } from '../../../src/replica/removal-limit.ts';
import type { SourceReader } from '../../../src/replica/source-table.ts';
import { requestLoad } from '../../../src/metadata/table-loads.ts';
import {
  listTableStates,
  markTable,
  resumeTable,
  type TableState,
} from '../../../src/metadata/table-states.ts';
import { openSourceReader } from '../../support/source-reader.ts';

let database: Database;
let connection: Connection;
let reader: SourceReader;
let source: string;
let olap: string;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, connection, reader, source, olap, close } = await openSourceReader());
});
afterAll(() => close());

async function run(...statements: readonly string[]): Promise<void> {
  for (const statement of statements) await connection.query(statement);
}

async function stateOf(table: string): Promise<TableState> {
  return (await listTableStates(database)).find((state) => state.table === table)!;
}

async function load(table: string): Promise<number> {
  const { loads } = await stateOf(table);
  const task = { database: source, table, load: loads };
  return (await loadRows(reader, task, new AbortController().signal)).rows;
}

/** As `alir replica reload` asks. */
async function reload(table: string): Promise<void> {
  const most = await removalLimitOf(database, olap, table);
  await requestLoad(
    database,
    { database: source, table },
    { waitFor: null, askedBy: 'person', mostRemoved: most },
  );
}

const idsOf = async (name: string, where = 'TRUE'): Promise<number> =>
  Number((await connection.query<{ n: bigint }[]>(`SELECT COUNT(*) AS n FROM ${name} WHERE ${where}`))[0]?.n);

/** A table of 6,000 rows, 0 to 5,999, in source and replica. */
async function numbered(table: string): Promise<void> {
  await run(
    `CREATE TABLE ${table} (id INT PRIMARY KEY, n INT)`,
    `INSERT INTO ${table} WITH RECURSIVE i AS (SELECT 0 AS id UNION ALL SELECT id + 1 FROM i WHERE id < 99) ` +
      'SELECT a.id * 100 + b.id, 1 FROM i a, i b WHERE a.id < 60',
  );
  await reader.updater.update(source, table);
  expect(await load(table)).toBe(6_000);
}

test('a reload stops before it removes too much, in the middle of the table, and goes on when it is allowed to', async () => {
  await numbered('halved');
  await run('UPDATE halved SET n = 2', 'DELETE FROM halved WHERE id >= 2000 AND id % 2 = 0');
  await reload('halved');
  await expect(load('halved')).rejects.toMatchObject({ code: 'LOAD_DELETES' });
  const stopped = await stateOf('halved');
  expect(stopped).toMatchObject({ state: 'paused', isStopped: true });
  expect(stopped.reason).toMatch(
    /would remove \d+ rows or more .* may remove 300\. .*reload halved --allow-deletes/,
  );
  // The first chunk stays, the one that would remove too much has changed nothing.
  expect(await idsOf(`${olap}.halved`)).toBe(6_000);
  expect(await idsOf(`${olap}.halved`, 'n = 2')).toBe(2_000);

  // Neither a look at the table nor an end of another pause lets it go on.
  await resumeTable(database, { database: source, table: 'halved' });
  await reader.updater.update(source, 'halved');
  expect(await stateOf('halved')).toMatchObject({ state: 'paused', reason: stopped.reason });
  await markTable(database, { database: source, table: 'halved' }, 'paused', 'its key');
  await resumeTable(database, { database: source, table: 'halved' });
  expect(await stateOf('halved')).toMatchObject({ state: 'paused', reason: stopped.reason });
  expect(await load('halved')).toBe(0);

  await requestLoad(
    database,
    { database: source, table: 'halved' },
    { waitFor: null, askedBy: 'definition' },
  );
  expect(await stateOf('halved')).toMatchObject({ state: 'loading', isStopped: false, reason: null });
  expect(await load('halved')).toBe(4_000);
  expect(await stateOf('halved')).toMatchObject({ state: 'ready', reason: null });
  expect(await idsOf(`${olap}.halved`)).toBe(4_000);
});

test('a few rows go without a word, one of a small table too; the rows of all chunks are counted together', async () => {
  await numbered('sparse');
  await run('DELETE FROM sparse WHERE id % 20 = 0');
  await reload('sparse');
  expect(await load('sparse')).toBe(5_700);
  expect(await stateOf('sparse')).toMatchObject({ state: 'ready' });
  // 5,700 rows: 285 may go, of which each chunk has fewer.
  await run('DELETE FROM sparse WHERE id % 20 = 1', 'DELETE FROM sparse WHERE id = 5');
  await reload('sparse');
  await expect(load('sparse')).rejects.toMatchObject({ code: 'LOAD_DELETES' });
  expect(await idsOf(`${olap}.sparse`)).toBeGreaterThan(5_399);

  await run('CREATE TABLE few (id INT PRIMARY KEY)', 'INSERT INTO few VALUES (1), (2), (3)');
  await reader.updater.update(source, 'few');
  await load('few');
  await run('DELETE FROM few WHERE id = 2');
  await reload('few');
  await load('few');
  expect(await idsOf(`${olap}.few`)).toBe(2);
  await run('DELETE FROM few');
  await reload('few');
  await expect(load('few')).rejects.toMatchObject({ code: 'LOAD_DELETES' });
  expect(await idsOf(`${olap}.few`)).toBe(2);
});

test('what a definition asks for removes what it finds, also when somebody asks as well before it is done', async () => {
  await run('CREATE TABLE owed (id INT PRIMARY KEY)', 'INSERT INTO owed VALUES (1), (2), (3), (4)');
  await reader.updater.update(source, 'owed');
  await load('owed');
  await run('TRUNCATE owed', 'INSERT INTO owed VALUES (1)');
  await requestLoad(database, { database: source, table: 'owed' }, { waitFor: null, askedBy: 'definition' });
  await reload('owed');
  expect(await load('owed')).toBe(1);
  expect(await idsOf(`${olap}.owed`)).toBe(1);
  // Done: the next that somebody asks for is guarded again, and one of a definition lets a stopped one go on.
  await run('INSERT INTO owed VALUES (2), (3), (4)');
  await reload('owed');
  await load('owed');
  await run('DELETE FROM owed');
  await reload('owed');
  await expect(load('owed')).rejects.toMatchObject({ code: 'LOAD_DELETES' });
  await requestLoad(database, { database: source, table: 'owed' }, { waitFor: null, askedBy: 'definition' });
  await load('owed');
  expect(await idsOf(`${olap}.owed`)).toBe(0);
});

test('a table that the source has no more is emptied by a reload too', async () => {
  await run('CREATE TABLE gone (id INT PRIMARY KEY)', 'INSERT INTO gone VALUES (1), (2), (3)');
  await reader.updater.update(source, 'gone');
  await load('gone');
  await reload('gone');
  await run('DROP TABLE gone');
  await load('gone');
  expect(await stateOf('gone')).toMatchObject({ state: 'dropped' });
  expect(await idsOf(`${olap}.gone`)).toBe(0);
});
