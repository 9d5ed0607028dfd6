import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MysqlAddress } from '../../../src/config/load-config.ts';
import { openDatabase } from '../../../src/mysql/connection.ts';
import {
  assertMigrated,
  migrate,
  migrateSource,
  readMigrationState,
} from '../../../src/mysql/migrations/migrate.ts';
import { readMigrations } from '../../../src/mysql/migrations/migration-files.ts';
import { withConnection } from '../../../src/mysql/server-connection.ts';
import { dropDatabase, testMysql } from '../../support/mysql.ts';

let address: MysqlAddress;
let folder: string;
const said: string[] = [];
const report = (line: string): void => void said.push(line);

beforeEach(() => {
  address = testMysql();
  folder = mkdtempSync(join(tmpdir(), 'alir-migrations-'));
  said.length = 0;
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await dropDatabase(address);
});

function write(name: string, sql: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'migration.sql'), sql);
}

const query = <T>(sql: string) => withConnection(address, (connection) => connection.query<T[]>(sql));

test('our own migrations make what the Prisma client expects, once', async () => {
  await expect(assertMigrated(address)).rejects.toMatchObject({ code: 'SCHEMA_NOT_MIGRATED' });
  const names = await migrate(address, report);
  expect(names[0]).toMatch(/^\d{14}_init$/);
  expect(await migrate(address, report)).toEqual([]);
  await assertMigrated(address);
  const database = openDatabase(address, { poolSize: 1 });
  // A column that the schema has and a migration lacks fails its query.
  await database.order.findFirst();
  await database.etlTarget.findFirst();
  await database.etlBatch.findFirst();
  await database.etlDeadLetter.findFirst();
  await database.etlFence.findFirst();
  await database.etlTopicEpoch.findFirst();
  await database.$disconnect();
});

test("the books are kept in Prisma's table as Prisma keeps them", async () => {
  write(
    '20260101000000_one',
    'CREATE TABLE one (id INT); -- a comment; with a semicolon\nINSERT INTO one VALUES (1);',
  );
  await migrate(address, report, folder);
  const [row] = await query<Record<string, unknown>>('SELECT * FROM _prisma_migrations');
  expect(row).toMatchObject({
    migration_name: '20260101000000_one',
    checksum: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    logs: null,
    rolled_back_at: null,
    applied_steps_count: 1,
    finished_at: expect.any(Date) as Date,
    started_at: expect.any(Date) as Date,
  });
  expect(Object.keys(row ?? {})).toHaveLength(8);
});

test('a changed and a missing migration are errors that name it; line ends do not count', async () => {
  write('20260101000000_one', 'CREATE TABLE one\n(id INT);\n');
  await migrate(address, report, folder);
  write('20260101000000_one', 'CREATE TABLE one\r\n(id INT);\r\n');
  expect(await migrate(address, report, folder)).toEqual([]);
  write('20260101000000_one', 'CREATE TABLE one (id BIGINT);');
  const changed = {
    code: 'MIGRATION_CHANGED',
    message: expect.stringContaining('20260101000000_one') as string,
  };
  await expect(migrate(address, report, folder)).rejects.toMatchObject(changed);
  rmSync(join(folder, '20260101000000_one'), { recursive: true });
  const missing = {
    code: 'MIGRATION_MISSING',
    message: expect.stringContaining('20260101000000_one') as string,
  };
  await expect(migrate(address, report, folder)).rejects.toMatchObject(missing);
  expect(await readMigrationState(address, folder)).toEqual({ pending: [], unknown: ['20260101000000_one'] });
});

test('a migration that stopped half-way is reported, and taken up once it is mended', async () => {
  write('20260101000000_one', 'CREATE TABLE one (id INT); CREATE TABLE two (id NONSENSE);');
  const failed = {
    code: 'MIGRATION_FAILED',
    message: expect.stringMatching(/20260101000000_one.*statement 2/) as string,
  };
  await expect(migrate(address, report, folder)).rejects.toMatchObject(failed);
  await expect(migrate(address, report, folder)).rejects.toMatchObject(failed);
  expect(await readMigrationState(address, folder)).toMatchObject({ pending: ['20260101000000_one'] });
  write('20260101000000_one', 'CREATE TABLE one (id INT); CREATE TABLE two (id INT);');
  expect(await migrate(address, report, folder)).toEqual(['20260101000000_one']);
  expect(said.at(-1)).toContain('stopped half-way');
  expect(await readMigrationState(address, folder)).toEqual({ pending: [], unknown: [] });
  const rows = await query<{ state: string }>(
    "SELECT IF(finished_at IS NULL, IF(rolled_back_at IS NULL, 'open', 'rolled back'), 'finished') AS state " +
      'FROM _prisma_migrations ORDER BY state',
  );
  expect(rows.map(({ state }) => state)).toEqual(['finished', 'rolled back', 'rolled back']);
});

test('a migration that was killed between a statement and its count is taken up', async () => {
  write(
    '20260101000000_one',
    'CREATE TABLE one (id INT); CREATE TABLE two (id INT); CREATE TABLE three (id INT);',
  );
  await expect(migrate(address, report, join(folder, '20260101000000_one'))).resolves.toEqual([]);
  await query('CREATE TABLE one (id INT)');
  await query('CREATE TABLE two (id INT)');
  await query(
    "INSERT INTO _prisma_migrations (id, checksum, migration_name, applied_steps_count) VALUES ('x', 'y', '20260101000000_one', 1)",
  );
  expect(await migrate(address, report, folder)).toEqual(['20260101000000_one']);
  expect(await query('SELECT id FROM three')).toEqual([]);
});

test("somebody's own table of the same name is not taken for ours", async () => {
  write('20260101000000_one', 'CREATE TABLE one (id INT);');
  await migrate(address, report, folder);
  write('20260102000000_two', 'CREATE TABLE two (id INT);');
  await query('CREATE TABLE two (name TEXT)');
  await expect(migrate(address, report, folder)).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
  await expect(migrate(address, report, folder)).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
});

test('of several that migrate at the same time, one does and the others wait', async () => {
  const results = await Promise.all([1, 2, 3].map(() => migrate(address, report)));
  expect(results.map((names) => names.length).sort()).toEqual([0, 0, readMigrations().length]);
});

test('the source is made and filled once, and what people changed stays', async () => {
  await migrateSource(address, report);
  await query("UPDATE orders SET status = 'cancelled' WHERE id = 1");
  await query('DELETE FROM order_items WHERE order_id = 2');
  await migrateSource(address, report);
  expect(said).toHaveLength(1);
  const [sums] = await query<{ first: number; orders: number; wrong: number }>(
    'SELECT CAST(MIN(o.id) AS CHAR) AS first, CAST(COUNT(*) AS CHAR) AS orders, CAST(SUM(o.id <> 2 AND NOT ' +
      '((o.total, o.item_count, o.weight_grams) <=> (i.total, i.items, i.grams))) AS CHAR) AS wrong FROM orders o LEFT JOIN ' +
      '(SELECT order_id, SUM(qty * price) AS total, SUM(qty) AS items, SUM(qty * weight_grams) AS grams ' +
      'FROM order_items GROUP BY order_id) i ON i.order_id = o.id',
  );
  expect(sums).toEqual({ first: '1', orders: '40', wrong: '0' });
});

test('a user that may not create the database is told so', async () => {
  await expect(migrate({ ...address, password: 'wrong' }, report)).rejects.toMatchObject({
    code: 'MYSQL_ACCESS_DENIED',
  });
  await expect(migrate({ ...address, port: 1 }, report)).rejects.toMatchObject({ code: 'MYSQL_UNAVAILABLE' });
});
