import type { Connection } from 'mariadb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import { loadRows } from '../../../src/replica/load-rows.ts';
import { requestRefetches } from '../../../src/metadata/refetches.ts';
import { requestLoad } from '../../../src/metadata/table-loads.ts';
import { readingOf } from '../../../src/metadata/table-states.ts';
import { serveRefetches } from '../../../src/replica/serve-refetches.ts';
import type { SourceReader } from '../../../src/replica/source-table.ts';
import { openSourceReader } from '../../support/source-reader.ts';

let database: Database;
let connection: Connection;
let reader: SourceReader;
let source: string;
let olap: string;
let close: () => Promise<void>;
/** Done once when the end of the topic is asked for: after the columns were looked at, before the rows are read. */
let meanwhile: (() => Promise<unknown>) | null = null;

beforeAll(async () => {
  ({ database, connection, reader, source, olap, close } = await openSourceReader(async () => {
    const work = meanwhile;
    meanwhile = null;
    await work?.();
  }));
});
afterAll(() => close());
beforeEach(() => {
  meanwhile = null;
});

const run = <Row>(sql: string): Promise<Row[]> => connection.query<Row[]>(sql);

async function ask(table: string, ...keys: readonly string[]): Promise<void> {
  await database.$transaction((transaction) =>
    requestRefetches(transaction, { database: olap, name: table }, { database: source, table }, keys),
  );
}

const serve = (table: string) =>
  serveRefetches(reader, { database: source, table }, new AbortController().signal);

test('a row is read as it is, one that is gone leaves a fence, and a newer one stays', async () => {
  await run('CREATE TABLE items (id INT PRIMARY KEY, n INT)');
  await run('INSERT INTO items VALUES (1, 10), (2, 20), (3, 30)');
  await reader.updater.update(source, 'items');
  await run(
    `INSERT INTO ${olap}.items (id, n, _epoch, _offset) VALUES (2, 0, 1, 7), (3, 0, 1, 8), (4, 0, 1, 3)`,
  );
  await ask('items', '["1"]', '["2"]', '["3"]', '["4"]');
  expect(await serve('items')).toEqual({ keys: 4, rows: 3 });
  expect(await run(`SELECT id, n, _op, CONCAT(_offset) AS o FROM ${olap}.items ORDER BY id`)).toEqual([
    { id: 1, n: 10, _op: 'read', o: '7' },
    { id: 2, n: 20, _op: 'read', o: '7' },
    { id: 3, n: 0, _op: '', o: '8' },
  ]);
  expect(
    await database.etlFence.findMany({
      where: { kind: 'key' },
      select: { keyText: true, v1: true, v2: true },
    }),
  ).toEqual([{ keyText: '["4"]', v1: 1n, v2: 7n }]);
  expect(await database.etlRefetch.count()).toBe(0);
});

test('a key in another spelling finds the row that the source has', async () => {
  await run('CREATE TABLE codes (code VARCHAR(9) COLLATE utf8mb4_general_ci PRIMARY KEY, n INT)');
  await run("INSERT INTO codes VALUES ('ABC', 1)");
  await reader.updater.update(source, 'codes');
  await run(`INSERT INTO ${olap}.codes (code, n, _epoch, _offset) VALUES ('abc', 0, 1, 2)`);
  await ask('codes', '["abc"]');
  expect(await serve('codes')).toEqual({ keys: 1, rows: 1 });
  expect(await run(`SELECT code, n FROM ${olap}.codes`)).toEqual([{ code: 'ABC', n: 1 }]);
});

test('a table that is altered in between is looked at again; one that is gone loses the row', async () => {
  await run('CREATE TABLE altered (id INT PRIMARY KEY, n INT)');
  await run('INSERT INTO altered VALUES (1, 10)');
  await ask('altered', '["1"]');
  meanwhile = () => run("ALTER TABLE altered ADD note VARCHAR(9) NOT NULL DEFAULT 'baru'");
  expect(await serve('altered')).toEqual({ keys: 1, rows: 1 });
  expect(await run(`SELECT id, n, note FROM ${olap}.altered`)).toEqual([{ id: 1, n: 10, note: 'baru' }]);
  await ask('altered', '["1"]');
  meanwhile = () => run('DROP TABLE altered');
  expect(await serve('altered')).toEqual({ keys: 1, rows: 0 });
  expect(await run(`SELECT id FROM ${olap}.altered`)).toEqual([]);
});

test('a request that is made again while it is served stays; one of another key goes', async () => {
  await run('CREATE TABLE again (id INT PRIMARY KEY, n INT)');
  await run('INSERT INTO again VALUES (1, 10)');
  await ask('again', '["1"]', '["1","2"]');
  meanwhile = () => ask('again', '["1"]');
  expect(await serve('again')).toEqual({ keys: 2, rows: 2 });
  expect(await database.etlRefetch.count()).toBe(0);
});

test('a load during which the table is altered reads the columns that the table has then', async () => {
  await run('CREATE TABLE loaded (id INT PRIMARY KEY AUTO_INCREMENT, d VARCHAR(9))');
  await run("INSERT INTO loaded (d) VALUES ('a'), ('b'), ('c'), ('d')");
  for (let rows = 4; rows < 4_000; rows *= 2) await run('INSERT INTO loaded (d) SELECT d FROM loaded');
  await reader.updater.update(source, 'loaded');
  const load = (number: number) =>
    loadRows(reader, { database: source, table: 'loaded', load: number }, new AbortController().signal);
  const equal = async (): Promise<number> => {
    const [same] = await run<{ n: bigint }>(
      `SELECT COUNT(*) AS n FROM loaded JOIN ${olap}.loaded o USING (id) WHERE BINARY loaded.d <=> BINARY o.d`,
    );
    return Number(same?.n);
  };
  // Wider, with another text in it: the load goes on.
  meanwhile = async () => {
    await run('ALTER TABLE loaded MODIFY d VARCHAR(40)');
    await run("UPDATE loaded SET d = 'longer than nine characters'");
  };
  expect(await load(1)).toMatchObject({ rows: 4096 });
  expect(await equal()).toBe(4096);

  // A column more: this load goes on with it, and another is owed for what was read before.
  await requestLoad(database, { database: source, table: 'loaded' }, { waitFor: null, askedBy: 'person' });
  meanwhile = () => run("ALTER TABLE loaded ADD note VARCHAR(9) NOT NULL DEFAULT 'baru'");
  expect(await load(2)).toMatchObject({ rows: 4096 });
  expect(await readingOf(database, { database: source, table: 'loaded' })).toMatchObject({
    state: 'ready',
    isOwed: true,
  });
  expect(await run(`SELECT DISTINCT note FROM ${olap}.loaded`)).toEqual([{ note: 'baru' }]);
});
