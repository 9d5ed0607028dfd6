import type { Connection } from 'mariadb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { quoteName } from '../../../src/cdc/schema/quote.ts';
import { targetColumn } from '../../../src/cdc/types/columns.ts';
import { compareReplica } from '../../../src/lab/demo/compare-checksums.ts';
import { ensureReplicaTable } from '../../../src/replica/table/ensure-replica-table.ts';
import { listTables, readTableSchema } from '../../../src/mysql/schema/read-schema.ts';
import { ensureDatabase } from '../../../src/mysql/server-connection.ts';
import { dropDatabase, testMysql } from '../../support/mysql.ts';
import { connectUnlogged } from '../../support/unlogged-mysql.ts';
import { cases } from '../../unit/cdc/types/cases.ts';

const target = testMysql();
const source = { ...target, database: target.database.replace('app_consumer', 'app_source') };
const olap = target.database.replace('app_consumer', 'app_olap');
const databases = [target.database, source.database, olap];

let connection: Connection;

beforeAll(async () => {
  for (const database of databases) await ensureDatabase({ ...target, database });
  connection = await connectUnlogged(source);
});
afterAll(async () => {
  await connection.end();
  for (const database of databases) await dropDatabase({ ...target, database });
});
beforeEach(async () => {
  for (const database of databases)
    for (const table of await listTables(connection, database))
      await connection.query(`DROP TABLE ${quoteName(database)}.${quoteName(table)}`);
});

const run = (sql: string): Promise<unknown> => connection.query(sql);
const compare = () => compareReplica(source, target, olap);

/** Makes the replicas of all tables and fills them as a first load would. */
async function replicate(): Promise<void> {
  for (const table of await listTables(connection, source.database)) {
    const schema = (await readTableSchema(connection, source.database, table))!;
    await ensureReplicaTable(connection, schema, olap);
    const names = schema.columns.map(({ name }) => quoteName(name)).join(', ');
    await run(
      `INSERT INTO ${olap}.${quoteName(table)} (${names}) SELECT ${names} FROM ${quoteName(table)} ORDER BY 1 DESC`,
    );
  }
}

/** A table for each type, with a row for NULL and one for each of its texts. */
async function makeTypes(): Promise<number> {
  let rows = 0;
  for (const [index, { type, good }] of cases.entries()) {
    await run(
      `CREATE TABLE type_${index} (id INT AUTO_INCREMENT PRIMARY KEY, value ${type} NULL) DEFAULT CHARACTER SET utf8mb4`,
    );
    const schema = await readTableSchema(connection, source.database, `type_${index}`);
    const { fromText = (text: string) => text } = targetColumn(schema!.columns[1]!);
    await run(`INSERT INTO type_${index} (value) VALUES (NULL)`);
    for (const text of good) {
      await connection.query(
        `INSERT INTO type_${index} (value) SELECT ${fromText('j.c')} FROM ` +
          "JSON_TABLE(?, '$[*]' COLUMNS (c LONGTEXT PATH '$[0]')) j",
        [JSON.stringify([[text]])],
      );
    }
    rows += good.length + 1;
  }
  return rows;
}

describe('values of every type', () => {
  test('are equal where they are, and one that differs, or is NULL, is found', async () => {
    const rows = await makeTypes();
    const all = (await listTables(connection, source.database)).sort();
    expect(all).toHaveLength(cases.length);
    await replicate();
    expect(await compare()).toEqual({ rows, differing: [] });

    for (const table of all) await run(`UPDATE ${olap}.${table} SET value = NULL WHERE id = 2`);
    expect(await compare()).toEqual({ rows, differing: all });

    // NULL and the first text change places: there are as many NULLs as before.
    for (const table of all)
      await run(
        `UPDATE ${olap}.${table} a JOIN ${table} b ON b.id = ELT(a.id, 2, 1) SET a.value = b.value WHERE a.id <= 2`,
      );
    expect(await compare()).toEqual({ rows, differing: all });
  });
});

interface Broken {
  readonly what: string;
  readonly statement: string;
}

const broken: readonly Broken[] = [
  { what: 'a row is missing', statement: 'DELETE FROM T WHERE id = 2' },
  { what: 'a row is too many', statement: "INSERT INTO T (id, a, b) VALUES (9, 'x', 'y')" },
  { what: 'a row is another', statement: 'UPDATE T SET id = 9 WHERE id = 2' },
  { what: 'two values have changed places', statement: "UPDATE T SET a = 'y', b = 'x' WHERE id = 1" },
  { what: 'a text moved over to the next column', statement: "UPDATE T SET a = 'x,y', b = '' WHERE id = 1" },
  { what: 'a NULL is an empty text', statement: "UPDATE T SET a = '' WHERE id = 2" },
  { what: 'a NULL is in the next column', statement: "UPDATE T SET a = 'z', b = NULL WHERE id = 2" },
  { what: 'only the case differs', statement: "UPDATE T SET a = 'X' WHERE id = 1" },
  { what: 'only a space at the end differs', statement: "UPDATE T SET a = 'x ' WHERE id = 1" },
  { what: 'rows changed values among each other', statement: "UPDATE T SET a = IF(id = 1, NULL, 'x')" },
  { what: 'a column is missing', statement: 'ALTER TABLE T DROP COLUMN b' },
  { what: 'the table is missing', statement: 'DROP TABLE T' },
];

describe('a replica differs when', () => {
  beforeEach(async () => {
    for (const table of ['books', 'others']) {
      await run(
        `CREATE TABLE ${table} (id INT PRIMARY KEY, a VARCHAR(20) COLLATE utf8mb4_general_ci NULL, b VARCHAR(20) NULL)`,
      );
      await run(`INSERT INTO ${table} VALUES (1, 'x', 'y'), (2, NULL, 'z')`);
    }
    await replicate();
  });

  test.each(broken)('$what', async ({ statement }) => {
    await run(statement.replace(/\bT\b/, `${olap}.books`));
    expect(await compare()).toEqual({ rows: 4, differing: ['books'] });
  });

  test('its source has a table that it does not have, and not when it has one that its source does not have', async () => {
    await run('CREATE TABLE added (id INT PRIMARY KEY)');
    await run('DROP TABLE others');
    expect(await compare()).toEqual({ rows: 2, differing: ['added'] });
  });
});

test('wider types, more columns and strange names make no difference', async () => {
  await run(
    'CREATE TABLE `order``s "1"` (`the key` BIGINT UNSIGNED PRIMARY KEY, `100%` DECIMAL(10,2), `t?` VARCHAR(10), u CHAR(9), n SMALLINT)',
  );
  await run(
    "INSERT INTO `order``s \"1\"` VALUES (18446744073709551615, 1.50, 'é😀', 'é  ', 7), (1, NULL, NULL, '', -1)",
  );
  await replicate();
  const replica = `${olap}.\`order\`\`s "1"\``;
  await run(
    `ALTER TABLE ${replica} ADD mine INT DEFAULT 5, MODIFY n BIGINT, MODIFY \`t?\` TEXT CHARACTER SET utf16`,
  );
  expect(await compare()).toEqual({ rows: 2, differing: [] });
  await run('CREATE VIEW shown AS SELECT 1 AS one');
  expect(await compare()).toEqual({ rows: 2, differing: [] });
  await run('DROP VIEW shown');
});

test('empty tables are equal', async () => {
  await run('CREATE TABLE nothing (id INT PRIMARY KEY)');
  await replicate();
  expect(await compare()).toEqual({ rows: 0, differing: [] });
});
