import { textBytes, blobBytes } from '../../../../src/cdc/schema/column-types.ts';
import type { ColumnSchema, TableSchema } from '../../../../src/cdc/schema/table-schema.ts';

const letters = /^(?:char|varchar|tinytext|text|mediumtext|longtext|enum|set)$/;

/** A column of a type as SQL writes it; texts are utf8mb4 unless told otherwise. */
export function column(name: string, columnType: string, more: Partial<ColumnSchema> = {}): ColumnSchema {
  const dataType = /^\w+/.exec(columnType)?.[0] ?? '';
  const [first, second] = /\(([\d,]+)\)/.exec(columnType)?.[1]?.split(',').map(Number) ?? [];
  const isDecimal = dataType === 'decimal';
  const isClock = /^(?:datetime|timestamp|time)$/.test(dataType);
  const isSized = /^(?:char|varchar|binary|varbinary|bit)$/.test(dataType);
  return {
    name,
    dataType,
    columnType,
    isUnsigned: columnType.endsWith(' unsigned'),
    length: isSized ? (first ?? null) : (textBytes[dataType] ?? blobBytes[dataType] ?? null),
    precision: isDecimal ? (first ?? null) : null,
    scale: isDecimal ? (second ?? 0) : isClock ? (first ?? 0) : null,
    charset: letters.test(dataType) ? 'utf8mb4' : null,
    collation: letters.test(dataType) ? 'utf8mb4_general_ci' : null,
    isNullable: true,
    defaultText: null,
    defaultIsExpression: false,
    isGenerated: false,
    ...more,
  };
}

/** A table with the key `id BIGINT` unless `more` names another. */
export function table(columns: readonly ColumnSchema[], more: Partial<TableSchema> = {}): TableSchema {
  return {
    database: 'app_producer',
    table: 'orders',
    columns: [column('id', 'bigint', { isNullable: false }), ...columns],
    key: ['id'],
    hasPrimaryKey: true,
    charset: 'utf8mb4',
    collation: 'utf8mb4_general_ci',
    ...more,
  };
}
