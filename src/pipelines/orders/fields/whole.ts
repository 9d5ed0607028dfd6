import { numberText } from '../../../cdc/json/exact-number.ts';
import { type Rule } from './rule.ts';
import { Broken } from '../../../cdc/types/column-type.ts';

const notUnsigned = new Broken(
  'must be a whole number from 0 to 18446744073709551615, or its digits as a text',
);
const maxUnsigned64 = '18446744073709551615';

/** An unsigned 64-bit number, as a JSON number or as digits: its canonical decimal text. */
export const unsigned64: Rule<string> = (value) => {
  const raw = typeof value === 'string' ? value.trim() : numberText(value);
  if (raw === undefined || !/^\d+$/.test(raw)) return notUnsigned;
  const digits = raw.charCodeAt(0) === 48 && raw.length > 1 ? raw.replace(/^0+(?=\d)/, '') : raw;
  if (digits.length < maxUnsigned64.length) return digits;
  return digits.length === maxUnsigned64.length && digits <= maxUnsigned64 ? digits : notUnsigned;
};

/** A whole number from `least` to `most` (both exact as doubles), as a JSON number or as digits. */
export function whole(least: number, most: number): Rule<number> {
  const broken = new Broken(`must be a whole number from ${least} to ${most}`);
  return (value) => {
    const digits = typeof value === 'number' ? String(value) : unsigned64(value);
    if (digits instanceof Broken || !/^\d{1,16}$/.test(digits)) return broken;
    const number = Number(digits);
    return number >= least && number <= most ? number : broken;
  };
}
