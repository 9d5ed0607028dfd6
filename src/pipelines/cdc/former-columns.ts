import type { JsonValue } from '../../cdc/json/exact-number.ts';
import { isBinary, isList, isSpatial, isText, isWhole } from '../../cdc/schema/column-types.ts';
import { listValues } from '../../cdc/schema/quote.ts';
import type { ColumnSchema } from '../../cdc/schema/table-schema.ts';
import { Broken, type Origin } from '../../cdc/types/column-type.ts';
import { textOf } from '../../cdc/types/columns.ts';

const anotherType = new Broken('had another type when the row was written');

/** Makes of a value the text that a column takes. */
export type ColumnReader = (value: JsonValue, origin: Origin) => string | null | Broken;

/**
 * Reads the values of today's column that were written when the column was `then`.
 *
 * @param then as a DDL message defines it: without lengths, decimals and NULLs, which today's column lends
 */
export function readerOf(then: ColumnSchema, now: ColumnSchema): ColumnReader {
  if (then === now || isSameType(then, now)) return (value, origin) => textOf(now, value, origin);
  return (value, origin) => textFrom(then, now, value, origin);
}

function textFrom(
  then: ColumnSchema,
  now: ColumnSchema,
  value: JsonValue,
  origin: Origin,
): string | null | Broken {
  if (value === null) return textOf({ ...then, isNullable: now.isNullable }, value, origin);
  if (formOf(then) !== formOf(now)) return anotherType;
  const text = textOf({ ...then, length: then.length ?? now.length }, value, origin);
  if (text instanceof Broken) return text;
  const today = textOf(now, value, origin);
  // A number that has become a text is the text that MySQL prints for it.
  return today instanceof Broken && isText(now) && !isText(then) ? text : today;
}

/** What an ALTER gave to the rows that were there before it added the column, where its default tells it for certain. */
export function addedValue(now: ColumnSchema): string | null {
  const { defaultText, defaultIsExpression } = now;
  if (defaultText === null || defaultIsExpression) return null;
  const isPlain = isText(now) || now.dataType === 'enum' || (isWhole(now) && /^-?\d+$/.test(defaultText));
  return isPlain ? defaultText : null;
}

function isSameType(then: ColumnSchema, now: ColumnSchema): boolean {
  if (then.dataType !== now.dataType || then.isUnsigned !== now.isUnsigned) return false;
  if (isList(now)) return String(listValues(then.columnType)) === String(listValues(now.columnType));
  return now.dataType === 'decimal' || (then.scale ?? 0) === (now.scale ?? 0);
}

/** How the texts of a type are made: those of another form mean something else. */
function formOf(column: ColumnSchema): string {
  if (isBinary(column)) return 'bytes';
  if (isSpatial(column)) return 'shape';
  return ['bit', 'json', 'set', 'year'].includes(column.dataType) ? column.dataType : 'plain';
}
