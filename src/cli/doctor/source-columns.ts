import type { ColumnSchema } from '../../cdc/schema/table-schema.ts';
import type { SqlReader } from './context.ts';

export interface TableColumn extends ColumnSchema {
  readonly table: string;
}

interface Row {
  readonly table: string;
  readonly name: string;
  readonly dataType: string;
  readonly columnType: string;
  readonly characters: unknown;
  readonly digits: unknown;
  readonly decimals: unknown;
  readonly fraction: unknown;
  readonly charset: string | null;
  readonly collation: string | null;
  readonly nullable: string;
  readonly defaultText: string | null;
  readonly extra: string;
}

/** The columns of a database's tables (not of its views), table by table in their own order. */
export async function readColumns(reader: SqlReader, database: string): Promise<TableColumn[]> {
  const rows = await reader.query<Row>(
    'SELECT c.TABLE_NAME AS `table`, c.COLUMN_NAME AS name, LOWER(c.DATA_TYPE) AS dataType, ' +
      'c.COLUMN_TYPE AS columnType, c.CHARACTER_MAXIMUM_LENGTH AS characters, c.NUMERIC_PRECISION AS digits, ' +
      'c.NUMERIC_SCALE AS decimals, c.DATETIME_PRECISION AS fraction, c.CHARACTER_SET_NAME AS charset, ' +
      'c.COLLATION_NAME AS collation, c.IS_NULLABLE AS nullable, c.COLUMN_DEFAULT AS defaultText, c.EXTRA AS extra ' +
      'FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ' +
      'ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME ' +
      "WHERE c.TABLE_SCHEMA = ? AND t.TABLE_TYPE = 'BASE TABLE' ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION",
    [database],
  );
  return rows.map(toColumn);
}

function toColumn({ characters, digits, decimals, fraction, nullable, extra, ...row }: Row): TableColumn {
  const isDecimal = row.dataType === 'decimal';
  return {
    ...row,
    isUnsigned: /\bunsigned\b/i.test(row.columnType),
    length: numberOf(row.dataType === 'bit' ? digits : characters),
    precision: isDecimal ? numberOf(digits) : null,
    scale: isDecimal ? numberOf(decimals) : numberOf(fraction),
    isNullable: nullable === 'YES',
    defaultIsExpression: /DEFAULT_GENERATED/i.test(extra),
    isGenerated: /(VIRTUAL|STORED) GENERATED/i.test(extra),
  };
}

/** The driver gives large numbers as bigint. */
const numberOf = (value: unknown): number | null => (value === null ? null : Number(value));
