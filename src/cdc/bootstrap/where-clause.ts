import { isWhole } from '../schema/column-types.ts';
import { quoteName } from '../schema/quote.ts';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts';
import { Broken } from '../types/column-type.ts';
import { keyColumn } from '../types/columns.ts';

type Key = readonly string[];

/** Rows of a table between two keys, given by the canonical texts of their columns; null: no bound. */
export interface BootstrapRange {
  readonly low: Key | null;
  readonly includesLow: boolean;
  /** Belongs to the range. */
  readonly high: Key | null;
}

/**
 * What Maxwell shall write behind WHERE. It takes text and no parameters, so every value becomes a literal that no
 * value can leave. A comment at the end tells whose bootstrap it is: the table has no other place for that in every
 * version.
 */
export function bootstrapClause(schema: TableSchema, range: BootstrapRange, backfillId: string): string {
  const { low, high, includesLow } = range;
  const conditions = [
    ...(low === null ? [] : [compared(schema, includesLow ? '>=' : '>', low)]),
    ...(high === null ? [] : [compared(schema, '<=', high)]),
  ];
  const condition = conditions.length === 0 ? 'TRUE' : conditions.join(' AND ');
  return `${condition} /* alir ${backfillId.replaceAll(/[^\w-]/g, '')} */`;
}

/** Column by column: MySQL finds no range of an index in a comparison of lists. */
function compared({ key, columns }: TableSchema, sign: '>' | '>=' | '<=', values: Key): string {
  const literals = key.map((name, index) =>
    literal(
      columns.find((column) => column.name === name)!,
      values[index] ?? '',
    ),
  );
  const last = key.length - 1;
  const alternatives = key.map((name, index) => {
    const equal = key.slice(0, index).map((each, before) => `${quoteName(each)} = ${literals[before]}`);
    const own = `${quoteName(name)} ${index === last ? sign : sign.charAt(0)} ${literals[index]}`;
    return [...equal, own].join(' AND ');
  });
  return alternatives.length === 1 ? alternatives[0]! : `(${alternatives.join(' OR ')})`;
}

/** As short as it can be: Maxwell 1.22 keeps 255 characters of a clause. */
function literal(column: ColumnSchema, text: string): string {
  if (isWhole(column) && /^-?\d{1,20}$/.test(text)) return text;
  const quoted = textLiteral(text);
  // Between a column and a literal the column's collation decides.
  if (column.dataType === 'char' || column.dataType === 'varchar') return quoted;
  const type = keyColumn(column);
  if (type instanceof Broken) throw new Error(`${column.name} ${type.rule}`);
  return type.fromText(quoted);
}

/** Letters, digits and a few signs can be read by people; all else is written in hexadecimal. */
function textLiteral(text: string): string {
  return /^[A-Za-z0-9 _.:+/=-]*$/.test(text)
    ? `'${text}'`
    : `_utf8mb4 X'${Buffer.from(text).toString('hex')}'`;
}
