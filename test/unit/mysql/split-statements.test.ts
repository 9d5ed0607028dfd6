import { expect, test } from 'vitest';
import { readMigrations } from '../../../src/mysql/migrations/migration-files.ts';
import { splitStatements } from '../../../src/mysql/split-statements.ts';

test('splits at semicolons that end statements, and at no others', () => {
  const script = `-- CreateTable; not a statement
    CREATE TABLE \`a;b\` (x TEXT DEFAULT ';''\\';'); # another; comment
    /* block; comment */ INSERT INTO t VALUES ("a;b", 'it''s', 5--1);
    /*!80000 SELECT 1 */;;`;
  expect(splitStatements(script).map((statement) => statement.replace(/\s+/g, ' '))).toEqual([
    "CREATE TABLE `a;b` (x TEXT DEFAULT ';''\\';')",
    `INSERT INTO t VALUES ("a;b", 'it''s', 5--1)`,
    '/*!80000 SELECT 1 */',
  ]);
  expect(splitStatements(' -- nothing\n')).toEqual([]);
});

test('our migrations are in order, and every one has statements', () => {
  const migrations = readMigrations();
  expect(migrations.length).toBeGreaterThan(0);
  for (const { name, sql, checksum } of migrations) {
    expect(name).toMatch(/^\d{14}_[a-z0-9_]+$/);
    expect(checksum).toMatch(/^[0-9a-f]{64}$/);
    expect(splitStatements(sql).length, name).toBeGreaterThan(0);
  }
});
