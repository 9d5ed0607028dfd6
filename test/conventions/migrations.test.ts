import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrationsFolder, readMigrations } from '../../src/mysql/migrations/migration-files.ts';
import { splitStatements } from '../../src/mysql/split-statements.ts';
import { ownTables } from '../../src/pipelines/registry.ts';

const folders = readdirSync(migrationsFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const statements = readMigrations().flatMap(({ name, sql }) =>
  splitStatements(sql).map((statement) => ({ name, statement: statement.replaceAll(/\s+/g, ' ') })),
);

test('a migration is a folder <14 digits>_<name> with a migration.sql', () => {
  expect(folders.filter((name) => !/^\d{14}_[a-z0-9_]+$/.test(name))).toEqual([]);
  expect(folders.filter((name) => !existsSync(join(migrationsFolder, name, 'migration.sql')))).toEqual([]);
  expect(folders.length).toBeGreaterThan(0);
});

test('no two migrations have the same time or the same name: their order is the order of the folders', () => {
  const [times, names] = [folders.map((name) => name.slice(0, 14)), folders.map((name) => name.slice(15))];
  expect(new Set(times).size).toBe(folders.length);
  expect(new Set(names).size).toBe(folders.length);
});

test('migration_lock.toml names the provider, as prisma migrate deploy wants it', () => {
  expect(readFileSync(join(migrationsFolder, 'migration_lock.toml'), 'utf8')).toMatch(
    /^provider = "mysql"$/m,
  );
});

describe('a target table has no unique index but its primary key: ON DUPLICATE KEY would hit the wrong row', () => {
  test.each(ownTables)('$name', ({ name, key }) => {
    const own = statements
      .filter(({ statement }) => namesTable(statement, name))
      .map(({ statement }) => statement);
    const created = own.filter((statement) => /^CREATE TABLE/i.test(statement));
    expect(created).toHaveLength(1);
    expect(created[0]).toContain(`PRIMARY KEY (${key.map((column) => `\`${column.name}\``).join(', ')})`);
    expect(own.filter((statement) => /\bUNIQUE\b/i.test(statement))).toEqual([]);
  });
});

test('the check above sees a unique index wherever it is made', () => {
  const made = [
    'CREATE UNIQUE INDEX `x` ON `orders`(`order_no`)',
    'ALTER TABLE `orders` ADD UNIQUE KEY `x` (`order_no`)',
  ];
  for (const statement of made)
    expect([statement, namesTable(statement, 'orders')]).toEqual([statement, true]);
  expect(namesTable('CREATE UNIQUE INDEX `orders` ON `etl_targets`(`x`)', 'orders')).toBe(false);
});

test.each(ownTables)(
  '$name has every column that its pipeline writes, the version columns NOT NULL DEFAULT 0',
  ({ name, columns, versionColumns }) => {
    const sql = statements
      .flatMap(({ statement }) => (namesTable(statement, name) ? [statement] : []))
      .join('; ');
    expect(
      columns.filter((column) => !sql.includes(` \`${column.name}\` `)).map((column) => column.name),
    ).toEqual([]);
    const version = (column: string) => new RegExp(` \`${column}\` (BIGINT|INT|INTEGER) NOT NULL DEFAULT 0`);
    expect(versionColumns.filter((column) => !version(column).test(sql))).toEqual([]);
  },
);

/** Whether a statement creates or changes the table or an index of it. */
function namesTable(statement: string, table: string): boolean {
  const [, name] =
    /^(?:CREATE TABLE(?: IF NOT EXISTS)?|ALTER TABLE|CREATE (?:UNIQUE |FULLTEXT )?INDEX \S+ ON) `?(\w+)`?/i.exec(
      statement,
    ) ?? [];
  return name === table;
}
