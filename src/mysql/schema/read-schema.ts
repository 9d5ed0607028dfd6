import { canBeKey, sameName } from '../../cdc/schema/column-types.ts';
import { columnOf, type ColumnRow } from '../../cdc/schema/column-row.ts';
import type { IndexSchema } from '../../cdc/schema/index-schema.ts';
import type { ColumnSchema, TableSchema } from '../../cdc/schema/table-schema.ts';
import { columnFields, columnsQuery, type Querier } from './information-schema.ts';

/** A table with what a replica's state is kept in beside its columns. */
export interface ReadTable {
  readonly schema: TableSchema;
  /** Comments of the columns that have one. */
  readonly comments: ReadonlyMap<string, string>;
  /** The columns of every index that can be the key, the one that is first. */
  readonly keys: readonly (readonly string[])[];
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
  const [found] = await connection.query<FoundTable[]>(`${tablesQuery} AND TABLE_NAME = ?`, [
    database,
    table,
  ]);
  if (found === undefined) return null;
  const rows = await connection.query<ColumnRow[]>(columnsQuery, [database, table]);
  const indexes = await connection.query<IndexRow[]>(
    `${indexesQuery} AND TABLE_NAME = ? ORDER BY ${indexOrder}`,
    [database, table],
  );
  return toTable(database, found, rows, indexes);
}

/** All tables of a database, without its views, in their order: three questions, however many there are. */
export async function readTableSchemas(connection: Querier, database: string): Promise<TableSchema[]> {
  const tables = await connection.query<FoundTable[]>(`${tablesQuery} ORDER BY TABLE_NAME`, [database]);
  const columns = await connection.query<(ColumnRow & OfTable)[]>(
    `SELECT TABLE_NAME AS tableName, ${columnFields} FROM information_schema.COLUMNS ` +
      'WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION',
    [database],
  );
  const indexes = await connection.query<(IndexRow & OfTable)[]>(
    `${indexesQuery} ORDER BY TABLE_NAME, ${indexOrder}`,
    [database],
  );
  const columnsOf = byTable(columns);
  const indexesOf = byTable(indexes);
  return tables.map(
    (found) =>
      toTable(database, found, columnsOf.get(found.name) ?? [], indexesOf.get(found.name) ?? []).schema,
  );
}

interface OfTable {
  readonly tableName: string;
}

function byTable<Row extends OfTable>(rows: readonly Row[]): Map<string, Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const own = found.get(row.tableName);
    if (own === undefined) found.set(row.tableName, [row]);
    else own.push(row);
  }
  return found;
}

interface FoundTable {
  readonly name: string;
  readonly collation: string | null;
  readonly version: string;
}

function toTable(
  database: string,
  found: FoundTable,
  rows: readonly ColumnRow[],
  indexRows: readonly IndexRow[],
): ReadTable {
  const isMariaDb = found.version.includes('MariaDB');
  const columns = rows.map((row) => columnOf(row, isMariaDb));
  const indexes = uniqueIndexes(indexRows);
  const keys = keysOf(columns, indexes);
  const [key] = keys;
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
    keys: keys.map((each) => each.columns.map(({ name }) => name)),
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

const tablesQuery =
  'SELECT TABLE_NAME AS name, TABLE_COLLATION AS collation, VERSION() AS version FROM information_schema.TABLES ' +
  `WHERE TABLE_SCHEMA = ? AND ${isTable}`;

interface IndexRow {
  readonly name: string;
  readonly column: string | null;
  readonly prefix: bigint | number | null;
}

const indexesQuery =
  'SELECT TABLE_NAME AS tableName, INDEX_NAME AS name, COLUMN_NAME AS `column`, SUB_PART AS prefix ' +
  'FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND NON_UNIQUE = 0';
/** The primary key first, the others by name. */
const indexOrder = `INDEX_NAME = '${primary}' DESC, INDEX_NAME, SEQ_IN_INDEX`;

/** One over an expression cannot be named by columns and is left out. */
function uniqueIndexes(rows: readonly IndexRow[]): IndexSchema[] {
  return [...new Set(rows.map(({ name }) => name))].flatMap((name) => {
    const parts = rows.filter((row) => row.name === name);
    const columns = parts.flatMap(({ column, prefix }) =>
      column === null ? [] : [{ name: column, prefix: prefix === null ? null : Number(prefix) }],
    );
    return columns.length === parts.length ? [{ name, columns }] : [];
  });
}

/** The primary key, whatever it is made of, then the others by name. */
function keysOf(columns: readonly ColumnSchema[], indexes: readonly IndexSchema[]): IndexSchema[] {
  const identifies = (part: IndexSchema['columns'][number]): boolean => {
    const column = columns.find(({ name }) => sameName(name, part.name));
    return column !== undefined && !column.isNullable && canBeKey(column) && part.prefix === null;
  };
  return indexes.filter((index) => index.name === primary || index.columns.every(identifies));
}
