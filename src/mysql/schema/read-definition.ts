import type { ColumnRow } from '../../cdc/schema/column-row.ts';
import type { StoredDefinition } from '../../cdc/ddl/definition-log.ts';
import { storedType } from '../../cdc/ddl/stored-type.ts';
import { columnsQuery, type Querier } from './information-schema.ts';

/**
 * A table's columns as they store values now.
 *
 * @param binlogEnd gives the end of the server's binlog; asked when the columns have been read
 */
export async function readDefinition(
  connection: Querier,
  { database, table }: { readonly database: string; readonly table: string },
  binlogEnd: () => Promise<string | null>,
): Promise<StoredDefinition> {
  const rows = await connection.query<ColumnRow[]>(columnsQuery, [database, table]);
  const columns = rows.map(({ name, columnType, nullable, extra }) => ({
    name,
    type: storedType(columnType),
    isNullable: nullable.toUpperCase() === 'YES',
    isGenerated: /\b(?:VIRTUAL|STORED|PERSISTENT)\b/i.test(extra),
    isAutoIncrement: /\bauto_increment\b/i.test(extra),
  }));
  return { columns, gone: [], added: [], readBy: await binlogEnd() };
}
