import { columnOf, type ColumnRow } from '../../cdc/schema/column-row.ts';
import type { ColumnSchema } from '../../cdc/schema/table-schema.ts';
import { columnFields } from '../../mysql/schema/information-schema.ts';
import type { SqlReader } from './context.ts';

export interface TableColumn extends ColumnSchema {
  readonly table: string;
}

/** The columns of a database's tables (not of its views), table by table in their own order. */
export async function readColumns(reader: SqlReader, database: string): Promise<TableColumn[]> {
  const rows = await reader.query<ColumnRow & { readonly table: string }>(
    `SELECT c.TABLE_NAME AS \`table\`, ${columnFields} ` +
      'FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ' +
      'ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME ' +
      "WHERE c.TABLE_SCHEMA = ? AND t.TABLE_TYPE = 'BASE TABLE' ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION",
    [database],
  );
  // Servers write defaults in different ways; nothing here looks at one.
  return rows.map((row) => ({ ...columnOf(row, false), table: row.table }));
}
