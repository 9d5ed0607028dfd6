import { unquoteText } from './quote.ts';
import type { ColumnSchema } from './table-schema.ts';

/** A row of information_schema.COLUMNS. */
export interface ColumnRow {
  readonly name: string;
  readonly dataType: string;
  readonly columnType: string;
  readonly characters: bigint | number | null;
  readonly precision: bigint | number | null;
  readonly scale: bigint | number | null;
  readonly fraction: bigint | number | null;
  readonly charset: string | null;
  readonly collation: string | null;
  readonly nullable: string;
  readonly defaultText: string | null;
  readonly extra: string;
  readonly comment: string;
}

/** A row of COLUMNS in our words. MySQL and MariaDB differ in how they give defaults. */
export function columnOf(row: ColumnRow, isMariaDb: boolean): ColumnSchema {
  const dataType = row.dataType.toLowerCase();
  const isClock = /^(?:datetime|timestamp|time)$/.test(dataType);
  const isList = dataType === 'enum' || dataType === 'set';
  return {
    name: row.name,
    dataType,
    columnType: row.columnType,
    isUnsigned: / unsigned\b/i.test(row.columnType) && !isList,
    length: dataType === 'bit' ? numberOf(row.precision) : isList ? null : numberOf(row.characters),
    scale: dataType === 'decimal' ? numberOf(row.scale) : isClock ? numberOf(row.fraction) : null,
    precision: dataType === 'decimal' ? numberOf(row.precision) : null,
    charset: row.charset,
    collation: row.collation,
    isNullable: row.nullable.toUpperCase() === 'YES',
    ...(isMariaDb ? defaultOfMariaDb(row.defaultText) : defaultOfMysql(row)),
    isGenerated: /\b(?:VIRTUAL|STORED|PERSISTENT)\b/i.test(row.extra),
  };
}

type Default = Pick<ColumnSchema, 'defaultText' | 'defaultIsExpression'>;

/** MySQL gives the bare value. 8.0.12 does not mark CURRENT_TIMESTAMP as an expression, later ones do. */
function defaultOfMysql({ defaultText, extra, dataType }: ColumnRow): Default {
  const isNow = /^(?:datetime|timestamp)$/i.test(dataType) && /^current_timestamp/i.test(defaultText ?? '');
  return {
    defaultText,
    defaultIsExpression: defaultText !== null && (isNow || /\bDEFAULT_GENERATED\b/i.test(extra)),
  };
}

/** MariaDB gives SQL: quoted texts, the word NULL, numbers and expressions as they are. */
function defaultOfMariaDb(sql: string | null): Default {
  if (sql === null || sql === 'NULL') return { defaultText: null, defaultIsExpression: false };
  if (/^'(?:[^'\\]|''|\\.)*'$/s.test(sql))
    return { defaultText: unquoteText(sql), defaultIsExpression: false };
  return { defaultText: sql, defaultIsExpression: !/^(?:-?[\d.]+(?:e[+-]?\d+)?|[bx]'[\da-f]*')$/i.test(sql) };
}

function numberOf(value: bigint | number | null): number | null {
  return value === null ? null : Number(value);
}
