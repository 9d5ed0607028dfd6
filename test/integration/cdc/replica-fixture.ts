import type { Connection } from 'mariadb';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { quoteName } from '../../../src/cdc/schema/quote.ts';
import type { ColumnSchema, TableSchema } from '../../../src/cdc/schema/table-schema.ts';
import { ensureReplicaTable } from '../../../src/replica/table/ensure-replica-table.ts';
import type { ReplicaPlan } from '../../../src/replica/table/plan-replica-table.ts';
import { listTables, readTableSchema } from '../../../src/mysql/schema/read-schema.ts';
import { ensureDatabase } from '../../../src/mysql/server-connection.ts';
import { dropDatabase, testMysql } from '../../support/mysql.ts';
import { connectUnlogged } from '../../support/unlogged-mysql.ts';

export const address = testMysql();
export const source = address.database.replace('app_consumer', 'app_source');
export const olap = address.database.replace('app_consumer', 'app_olap');
export const untouched = { created: false, statements: [], reread: false, added: [] };

/** A source and a replica database of the file's own, emptied before each test. */
export let connection: Connection;

beforeAll(async () => {
  for (const database of [source, olap]) await ensureDatabase({ ...address, database });
  connection = await connectUnlogged({ ...address, database: source });
});
afterAll(async () => {
  await connection.end();
  for (const database of [source, olap]) await dropDatabase({ ...address, database });
});
beforeEach(async () => {
  for (const database of [source, olap]) {
    for (const table of await listTables(connection, database)) {
      await connection.query(`DROP TABLE ${quoteName(database)}.${quoteName(table)}`);
    }
  }
});

export const run = (sql: string): Promise<unknown> => connection.query(sql);

export async function schemaOf(table: string, database = source): Promise<TableSchema> {
  const schema = await readTableSchema(connection, database, table);
  if (schema === null) throw new Error(`${database}.${table} is not there`);
  return schema;
}

export async function ensure(table: string): Promise<ReplicaPlan> {
  return ensureReplicaTable(connection, await schemaOf(table), olap);
}

/** All rows with every column of the source as text. */
async function rowsOf(database: string, table: string, columns: readonly ColumnSchema[]): Promise<unknown[]> {
  const selected = columns
    .map(({ name }) => `HEX(CONCAT(${quoteName(name)})) AS ${quoteName(name)}`)
    .join(', ');
  return connection.query(
    `SELECT ${selected} FROM ${quoteName(database)}.${quoteName(table)} ORDER BY ${quoteName(columns[0]?.name ?? '')}`,
  );
}

/** Fills the replica as a first load would, and compares. */
export async function expectSameRows(table: string): Promise<void> {
  const { columns } = await schemaOf(table);
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const [to, from] = [olap, source].map((database) => `${quoteName(database)}.${quoteName(table)}`);
  await run(`DELETE FROM ${to}`);
  await run(`INSERT INTO ${to} (${names}) SELECT ${names} FROM ${from}`);
  expect(await rowsOf(olap, table, columns)).toEqual(await rowsOf(source, table, columns));
}
