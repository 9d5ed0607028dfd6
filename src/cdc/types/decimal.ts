import { numberText } from '../json/exact-number.ts';
import { asUtf8, Broken, isZerofill, type ColumnType } from './column-type.ts';

const notNumber = new Broken('must be a number');
const outOfRange = new Broken('is out of range');
const tooFine = new Broken('has more decimals than its column');

// Short exponents only: a few characters must not ask for a number of a gigabyte.
const grammar = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * DECIMAL(p,s): always `s` decimals, never an exponent (Maxwell writes `1E+3` and `0E-30`). Where `s` is not known, as
 * in a definition of Maxwell's, those that the value has: Maxwell writes all of its column.
 */
export const decimal: ColumnType = {
  textOf(value, { precision, scale }) {
    const text = numberText(value);
    const parts = text === undefined ? null : grammar.exec(text);
    if (parts === null) return notNumber;
    const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
    const places = scale ?? Math.max(0, fraction.length - Number(exponent));
    const units = unitsOf(whole + fraction, places - fraction.length + Number(exponent));
    if (units instanceof Broken) return units;
    if (units.length > (precision ?? 65)) return outOfRange;
    const digits = units.padStart(places + 1, '0');
    const plain = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
    return units === '0' ? plain : sign + plain;
  },
  toText: (sql, column) =>
    asUtf8(isZerofill(column) ? `CAST(${sql} AS DECIMAL(${column.precision}, ${column.scale}))` : sql),
  key: (text, { precision, scale }) => `CAST(${text} AS DECIMAL(${precision}, ${scale}))`,
};

/** The digits times 10^`shift`, without leading zeros; broken where digits other than zero would be cut. */
function unitsOf(digits: string, shift: number): string | Broken {
  const kept = shift < 0 ? digits.slice(0, shift) : digits;
  if (shift < 0 && /[1-9]/.test(digits.slice(shift))) return tooFine;
  const significant = kept.replace(/^0+/, '');
  return significant === '' ? '0' : significant + '0'.repeat(Math.max(0, shift));
}
