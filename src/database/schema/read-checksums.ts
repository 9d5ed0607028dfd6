import type { Querier } from './information-schema.ts';

/** One number for the columns and keys of each table of a database: it changes when they do. */
export async function readChecksums(connection: Querier, database: string): Promise<Map<string, string>> {
  const rows = await connection.query<{ name: string; checksum: string }[]>(
    "SELECT t.TABLE_NAME AS name, CONCAT(COUNT(*), '/', CAST(SUM(CRC32(CONCAT_WS('|', c.COLUMN_NAME, " +
      'c.ORDINAL_POSITION, c.COLUMN_TYPE, c.IS_NULLABLE, c.COLLATION_NAME, c.COLUMN_KEY, c.EXTRA))) AS CHAR)) AS checksum ' +
      'FROM information_schema.TABLES t JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND ' +
      "c.TABLE_NAME = t.TABLE_NAME WHERE t.TABLE_SCHEMA = ? AND t.TABLE_TYPE = 'BASE TABLE' GROUP BY t.TABLE_NAME",
    [database],
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}
