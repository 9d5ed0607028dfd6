import { numberText, type JsonValue } from '../json/exact-number.ts';
import { asUtf8, Broken, type ColumnType } from './column-type.ts';

const notNumber = new Broken('must be a number');
const outOfRange = new Broken('is out of range');
const noKey = 'A FLOAT or DOUBLE cannot be a key: 0 and -0 are one row and two texts.';

// Times one, in doubles: MySQL prints a FLOAT by itself with six digits, and ZEROFILL and decimals fall away.
const exactly = (sql: string): string => asUtf8(`${sql} * 1e0`);

/** DOUBLE: the shortest text that is this double again. */
export const double: ColumnType = {
  textOf(value) {
    const number = numberOf(value);
    return number instanceof Broken ? number : doubleText(number);
  },
  toText: exactly,
  key: noKey,
};

/** FLOAT: the text of the double that is equal to it, so that no bit is lost on the way. */
export const float: ColumnType = {
  textOf(value) {
    const number = numberOf(value);
    if (number instanceof Broken) return number;
    const single = Math.fround(number);
    return Number.isFinite(single) ? doubleText(single) : outOfRange;
  },
  toText: exactly,
  key: noKey,
  losses: () => ['A bootstrap keeps six digits.'],
};

/**
 * The shortest text of a double in MySQL's way: with an exponent from 1e15 up, below 1e-15, and where the plain text
 * would have more than `width` characters.
 */
export function doubleText(value: number, width = Infinity): string {
  const sign = Object.is(value, -0) || value < 0 ? '-' : '';
  const [mantissa = '', exponent] = Math.abs(value).toExponential().split('e');
  const power = Number(exponent);
  const plain = sign + plainText(mantissa.replace('.', ''), power);
  return power >= 15 || power < -15 || plain.length > width ? `${sign}${mantissa}e${power}` : plain;
}

function plainText(digits: string, power: number): string {
  if (power < 0) return `0.${'0'.repeat(-power - 1)}${digits}`;
  if (digits.length <= power + 1) return digits.padEnd(power + 1, '0');
  return `${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
}

function numberOf(value: NonNullable<JsonValue>): number | Broken {
  const text = numberText(value);
  if (text === undefined) return notNumber;
  const number = Number(text);
  return Number.isFinite(number) ? number : outOfRange;
}
