import { canBeKey, sameName } from '../../cdc/schema/column-types.ts';
import { columnOf, type ColumnRow } from '../../cdc/schema/column-row.ts';
import type { IndexSchema } from '../../cdc/schema/index-schema.ts';
import type { ColumnSchema, TableSchema } from '../../cdc/schema/table-schema.ts';
import { columnsQuery, type Querier } from './information-schema.ts';

/** A table with what a replica's state is kept in beside its columns. */
export interface ReadTable {
  readonly schema: TableSchema;
  /** Comments of the columns that have one. */
  readonly comments: ReadonlyMap<string, string>;
  /** Unique indexes other than the one that is the key. */
  readonly uniqueIndexes: readonly IndexSchema[];
}

/**
 * Reads a table from the server's information_schema.
 *
 * @returns null when there is no such table (a view is none), or the user may not see it
 */
export async function readTableSchema(
  connection: Querier,
  database: string,
  table: string,
): Promise<TableSchema | null> {
  return (await readTable(connection, database, table))?.schema ?? null;
}

/** The same with comments and the other unique indexes. */
export async function readTable(
  connection: Querier,
  database: string,
  table: string,
): Promise<ReadTable | null> {
  type Found = { name: string; collation: string | null; version: string };
  const [found] = await connection.query<Found[]>(
    'SELECT TABLE_NAME AS name, TABLE_COLLATION AS collation, VERSION() AS version FROM information_schema.TABLES ' +
      `WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND ${isTable}`,
    [database, table],
  );
  if (found === undefined) return null;
  const rows = await connection.query<ColumnRow[]>(columnsQuery, [database, table]);
  const isMariaDb = found.version.includes('MariaDB');
  const columns = rows.map((row) => columnOf(row, isMariaDb));
  const indexes = await readUniqueIndexes(connection, database, table);
  const key = keyOf(columns, indexes);
  const collation = found.collation ?? '';
  const schema: TableSchema = {
    database,
    table: found.name,
    columns,
    key: key?.columns.map(({ name }) => name) ?? [],
    hasPrimaryKey: key?.name === primary,
    // A collation's name begins with its character set's.
    charset: collation.split('_', 1)[0] ?? '',
    collation,
  };
  return {
    schema,
    comments: new Map(rows.flatMap(({ name, comment }) => (comment === '' ? [] : [[name, comment]]))),
    uniqueIndexes: indexes.filter((index) => index !== key),
  };
}

/** Names of a database's tables, without its views, in their order. */
export async function listTables(connection: Querier, database: string): Promise<string[]> {
  const rows = await connection.query<{ name: string }[]>(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND ${isTable} ORDER BY TABLE_NAME`,
    [database],
  );
  return rows.map(({ name }) => name);
}

const primary = 'PRIMARY';
const isTable = "TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')";

/** The primary key first, the others by name. One over an expression cannot be named by columns and is left out. */
async function readUniqueIndexes(
  connection: Querier,
  database: string,
  table: string,
): Promise<IndexSchema[]> {
  type Row = { name: string; column: string | null; prefix: bigint | number | null };
  const rows = await connection.query<Row[]>(
    'SELECT INDEX_NAME AS name, COLUMN_NAME AS `column`, SUB_PART AS prefix FROM information_schema.STATISTICS ' +
      'WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0 ' +
      `ORDER BY INDEX_NAME = '${primary}' DESC, INDEX_NAME, SEQ_IN_INDEX`,
    [database, table],
  );
  return [...new Set(rows.map(({ name }) => name))].flatMap((name) => {
    const parts = rows.filter((row) => row.name === name);
    const columns = parts.flatMap(({ column, prefix }) =>
      column === null ? [] : [{ name: column, prefix: prefix === null ? null : Number(prefix) }],
    );
    return columns.length === parts.length ? [{ name, columns }] : [];
  });
}

function keyOf(columns: readonly ColumnSchema[], indexes: readonly IndexSchema[]): IndexSchema | undefined {
  const identifies = (part: IndexSchema['columns'][number]): boolean => {
    const column = columns.find(({ name }) => sameName(name, part.name));
    return column !== undefined && !column.isNullable && canBeKey(column) && part.prefix === null;
  };
  return (
    indexes.find((index) => index.name === primary) ??
    indexes.find((index) => index.columns.every(identifies))
  );
}
