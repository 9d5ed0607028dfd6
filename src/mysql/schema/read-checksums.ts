import type { Querier } from './information-schema.ts';

const checksums =
  "SELECT t.TABLE_NAME AS name, CONCAT(COUNT(*), '/', CAST(SUM(CRC32(CONCAT_WS('|', c.COLUMN_NAME, " +
  'c.ORDINAL_POSITION, c.COLUMN_TYPE, c.IS_NULLABLE, c.COLLATION_NAME, c.COLUMN_KEY, c.EXTRA))) AS CHAR)) AS checksum ' +
  'FROM information_schema.TABLES t JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND ' +
  "c.TABLE_NAME = t.TABLE_NAME WHERE t.TABLE_SCHEMA = ? AND t.TABLE_TYPE = 'BASE TABLE'";

interface Row {
  readonly name: string;
  readonly checksum: string;
}

/** One number for the columns and keys of each table of a database: it changes when they do. */
export async function readChecksums(connection: Querier, database: string): Promise<Map<string, string>> {
  const rows = await connection.query<Row[]>(`${checksums} GROUP BY t.TABLE_NAME`, [database]);
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

/** The same of one table; null: there is none of this name. */
export async function readChecksum(
  connection: Querier,
  database: string,
  table: string,
): Promise<string | null> {
  const sql = `${checksums} AND t.TABLE_NAME = ? GROUP BY t.TABLE_NAME`;
  const [row] = await connection.query<Row[]>(sql, [database, table]);
  return row?.checksum ?? null;
}
