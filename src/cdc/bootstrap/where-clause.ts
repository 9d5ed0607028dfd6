import { isWhole } from '../schema/column-types.ts';
import { quoteName } from '../schema/quote.ts';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts';
import { Broken } from '../types/column-type.ts';
import { keyColumn, type ReplicaKey } from '../types/columns.ts';
import { compares } from '../types/key-order.ts';
import { membersOf } from '../types/members.ts';

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
  const parts = key.map((name) => partOf(columns.find((column) => column.name === name)!));
  const last = key.length - 1;
  const alternatives = parts.map((part, index) => {
    const equal = parts.slice(0, index).map((each, before) => {
      return `${quoteName(each.name)} = ${each.literal(values[before] ?? '')}`;
    });
    const own = index === last ? sign : (sign.charAt(0) as '>' | '<');
    const compared = compares(quoteName(part.name), part, own, values[index] ?? '', part.literal);
    return [...equal, compared].join(' AND ');
  });
  return alternatives.length === 1 ? alternatives[0]! : `(${alternatives.join(' OR ')})`;
}

/** A column of the key, with what makes a literal of a text. */
interface KeyPart extends ReplicaKey {
  readonly literal: (text: string) => string;
}

const mostListed = 20;

/** As short as it can be: Maxwell 1.22 keeps 255 characters of a clause. */
function partOf(column: ColumnSchema): KeyPart {
  const type = keyColumn(column);
  if (type instanceof Broken) throw new Error(`${column.name} ${type.rule}`);
  if (type.labels !== undefined) {
    const members = membersOf(column);
    // By its number, which is 0 for what is not in the list. A long list of them leaves no room: `<` and `>` compare
    // numbers as well, but read the table from its beginning.
    const literal = (text: string): string => String((members.get(text) ?? -1) + 1);
    const { labels, ...unlisted } = type;
    return labels.length > mostListed ? { ...unlisted, literal } : { ...type, literal };
  }
  if (isWhole(column))
    return {
      ...type,
      literal: (text) => (/^-?\d{1,20}$/.test(text) ? text : type.fromText(textLiteral(text))),
    };
  return comparedAsTheyAre.has(column.dataType)
    ? { ...type, literal: textLiteral }
    : { ...type, literal: (text) => type.fromText(textLiteral(text)) };
}

/**
 * Between a column and a literal the column's type and collation decide. A CAST to a date is NULL for the zero date in
 * Maxwell's session, whose SQL mode is the server's.
 */
const comparedAsTheyAre = new Set(['char', 'varchar', 'date', 'datetime', 'timestamp']);

/** Letters, digits and a few signs can be read by people; all else is written in hexadecimal. */
function textLiteral(text: string): string {
  return /^[A-Za-z0-9 _.:+/=-]*$/.test(text)
    ? `'${text}'`
    : `_utf8mb4 X'${Buffer.from(text).toString('hex')}'`;
}
