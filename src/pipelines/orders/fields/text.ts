import { numberText } from '../../../cdc/json/exact-number.ts';
import { type Rule } from './rule.ts';
import { Broken } from '../../../cdc/types/column-type.ts';

const notText = new Broken('must be a text');

// Control characters (NUL among them) count as spaces: no column of an order has a use for them.
const spaces = /[\s\u0000-\u001f\u007f]+/g;

/** A text without outer spaces, inner ones collapsed to one. */
export function cleanText(text: string): string {
  return text.replace(spaces, ' ').trim();
}

/**
 * A text, cleaned; a number counts as its digits, an empty text as absent.
 *
 * Lengths are not checked here: the table refuses what does not fit, whatever its columns are.
 */
export const text: Rule<string | null> = (value) => {
  const raw = typeof value === 'string' ? value : numberText(value);
  return raw === undefined ? notText : cleanText(raw) || null;
};

/** One word of a closed list, whatever its case. */
export function oneOf<T extends string>(words: readonly T[], list = words.join(', ')): Rule<T> {
  const known = new Map(words.map((word) => [word.toLowerCase(), word]));
  const broken = new Broken(`must be one of ${list}`);
  return (value) => (typeof value === 'string' ? (known.get(value.trim().toLowerCase()) ?? broken) : broken);
}
