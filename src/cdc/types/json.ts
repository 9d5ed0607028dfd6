import { isJsonObject, numberText, type JsonValue } from '../json/exact-number.ts';
import { Broken, type ColumnType } from './column-type.ts';
import { doubleText } from './floating.ts';

const outOfRange = new Broken('holds a number that is out of range');

const leastWhole = -(2n ** 63n);
const mostWhole = 2n ** 64n - 1n;

/** JSON: the text that MySQL prints for the document, so that one that did not change has the same text. */
export const json: ColumnType = {
  textOf: (value) => printed(value) ?? outOfRange,
  writtenAsNull: () => 'null',
  key: 'A JSON column cannot be a key.',
  losses: ({ isNullable }) => [
    ...(isNullable ? ['A JSON null becomes NULL.'] : []),
    'Inside, decimals become doubles, and dates, times and binary values become texts.',
    'Live, these texts lose signs and fractions, and whole doubles from 1e7 up become integers.',
    'The last digit of a double may change.',
  ],
};

/** The document as MySQL prints it; null: a number in it is out of range. */
function printed(value: JsonValue): string | null {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  const number = numberText(value);
  if (number !== undefined) return printedNumber(number);
  const items: (string | null)[] = [];
  if (Array.isArray(value)) {
    for (const item of value) items.push(printed(item));
    return items.includes(null) ? null : `[${items.join(', ')}]`;
  }
  if (!isJsonObject(value)) return null;
  for (const [key, , member] of inMysqlOrder(value)) {
    const text = printed(member);
    items.push(text === null ? null : `${JSON.stringify(key)}: ${text}`);
  }
  return items.includes(null) ? null : `{${items.join(', ')}}`;
}

/** Short keys first, keys of one length by their bytes. */
function inMysqlOrder(value: { [key: string]: JsonValue }): [string, Buffer, JsonValue][] {
  return Object.entries(value)
    .map(([key, member]): [string, Buffer, JsonValue] => [key, Buffer.from(key), member])
    .sort(([, a], [, b]) => a.length - b.length || a.compare(b));
}

/** Whole numbers of 64 bits are kept as they are, all others as doubles, which have a point or an exponent. */
function printedNumber(text: string): string | null {
  if (/^-?\d{1,20}$/.test(text)) {
    const whole = BigInt(text);
    if (whole >= leastWhole && whole <= mostWhole) return whole.toString();
  }
  const number = Number(text);
  if (!Number.isFinite(number)) return null;
  const plain = doubleText(number);
  return /[.e]/.test(plain) ? plain : `${plain}.0`;
}
