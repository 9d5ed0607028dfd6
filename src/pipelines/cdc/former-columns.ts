import type { JsonValue } from '../../cdc/json/exact-number.ts';
import { isBinary, isClock, isSpatial, isText, isWhole } from '../../cdc/schema/column-types.ts';
import type { ColumnSchema } from '../../cdc/schema/table-schema.ts';
import { Broken, isZerofill, type Origin } from '../../cdc/types/column-type.ts';
import { textOf } from '../../cdc/types/columns.ts';
import { holdsAllCharacters } from '../../cdc/types/texts.ts';

const anotherType = new Broken('had another type when the row was written');

/** Makes of a value the text that a column takes. */
export type ColumnReader = (value: JsonValue, origin: Origin) => string | null | Broken;

/**
 * Reads the values of today's column that were written when the column was `then`.
 *
 * @param then as a DDL message defines it: without lengths, decimals and NULLs, which today's column lends
 */
export function readerOf(then: ColumnSchema, now: ColumnSchema): ColumnReader {
  if (then === now || isSameType(then, now)) {
    const column = then.spelt === undefined ? now : { ...now, spelt: then.spelt };
    return (value, origin) => textOf(column, value, origin);
  }
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

/**
 * Whether the values of both are read in one way, as far as Maxwell's definition tells. What it does not tell is no
 * difference: the sign of anything but whole numbers, the UNSIGNED that ZEROFILL brings, lengths, digits, NULLs.
 * The values of an ENUM or SET are found in today's list: what it does not have any more, no row has.
 */
function isSameType(then: ColumnSchema, now: ColumnSchema): boolean {
  if (then.dataType !== now.dataType) return false;
  if (isWhole(now)) return then.isUnsigned === now.isUnsigned || isZerofill(now);
  if (isText(now)) return holdsAllCharacters(then.charset) === holdsAllCharacters(now.charset);
  return !isClock(now) || (then.scale ?? 0) === (now.scale ?? 0);
}

/** How the texts of a type are made: those of another form mean something else. */
function formOf(column: ColumnSchema): string {
  if (isBinary(column)) return 'bytes';
  if (isSpatial(column)) return 'shape';
  return ['bit', 'json', 'set', 'year'].includes(column.dataType) ? column.dataType : 'plain';
}
