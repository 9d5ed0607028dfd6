import { numberText } from '../../../cdc/json/exact-number.ts';
import { type Rule } from './rule.ts';
import { Broken } from '../../../cdc/types/column-type.ts';

/** An exact decimal: `units` / 10^`scale`. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

export const zero: Decimal = { units: 0n, scale: 0 };

const notDecimal = new Broken('must be a decimal number, or one as a text');
const negative = new Broken('must not be negative');
const tooLong = new Broken('has too many digits');

const powers = Array.from({ length: 128 }, (_, power) => 10n ** BigInt(power));
const grammar = /^(-?)(\d{1,80})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * A decimal of zero or more, from a JSON number or a text, exact.
 *
 * 80 digits before the point, 40 behind it and exponents of two digits are taken (Maxwell writes `1E+3` and `0E-30`);
 * more is refused, so that a short text like 1e999999999 cannot ask for a number of a gigabyte.
 */
export const decimal: Rule<Decimal> = (value) =>
  (typeof value === 'string' ? readShort(value) : null) ?? readAny(value);

const mostShort = 15;

/** The usual text, up to 15 digits and a point between two of them, without a regular expression; null: another. */
function readShort(text: string): Decimal | null {
  if (text.length === 0 || text.length > mostShort) return null;
  let units = 0;
  let point = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) units = units * 10 + code - 48;
    else if (code === 46 && point < 0 && i > 0 && i < text.length - 1) point = i;
    else return null;
  }
  return { units: BigInt(units), scale: point < 0 ? 0 : text.length - 1 - point };
}

function readAny(value: unknown): Decimal | Broken {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
    return { units: BigInt(value), scale: 0 };
  const raw = typeof value === 'string' ? value.trim() : numberText(value);
  if (raw === undefined) return notDecimal;
  const parts = grammar.exec(raw);
  if (parts === null) return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(raw) ? tooLong : notDecimal;
  const [, sign, whole, fraction = '', exponent] = parts;
  const units = BigInt(whole + fraction);
  if (sign === '-' && units !== 0n) return negative;
  const scale = fraction.length - (exponent === undefined ? 0 : Number(exponent));
  if (scale > 80 || scale < -80) return tooLong;
  return scale < 0 ? { units: units * power(-scale), scale: 0 } : { units, scale };
}

/** The sum of two decimals. */
export function add(a: Decimal, b: Decimal): Decimal {
  if (a.scale === b.scale) return { units: a.units + b.units, scale: a.scale };
  return a.scale < b.scale
    ? { units: a.units * power(b.scale - a.scale) + b.units, scale: b.scale }
    : { units: a.units + b.units * power(a.scale - b.scale), scale: a.scale };
}

/** The product of two decimals. */
export function multiply(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

/** A decimal of zero or more in units of 10^-`scale`, half up. */
export function roundHalfUp(value: Decimal, scale: number): bigint {
  if (value.scale <= scale) return value.units * power(scale - value.scale);
  const divisor = power(value.scale - scale);
  return (value.units + divisor / 2n) / divisor;
}

/** Whether a decimal can be written with `scale` places without loss. */
export function fitsScale(value: Decimal, scale: number): boolean {
  return value.scale <= scale || value.units % power(value.scale - scale) === 0n;
}

/** A decimal as text, with as many places as it needs and at least `least`. */
export function decimalText(value: Decimal, least: number): string {
  let { units, scale } = value;
  while (scale > least && units % 10n === 0n) {
    units /= 10n;
    scale--;
  }
  return scale < least ? scaledText(units * power(least - scale), least) : scaledText(units, scale);
}

/** `units` / 10^`scale` as text with exactly that many places: 3500000 and 2 give 35000.00. */
export function scaledText(units: bigint, scale: number): string {
  const digits = units.toString().padStart(scale + 1, '0');
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function power(exponent: number): bigint {
  return powers[exponent] ?? 10n ** BigInt(exponent);
}
