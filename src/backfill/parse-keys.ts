import { field, request, RequestError } from '../errors/request-error.ts';
import type { Selector } from './types.ts';

type Keys = NonNullable<Selector['keys']>;
type KeyBound = readonly string[];

/**
 * Keys as people write them: "42", "1000..2000", "1000..", "..2000"; of several columns as lists in JSON:
 * `["a",1]..["c",9]`.
 *
 * @throws RequestError
 */
export function parseKeys(text: string): Keys {
  const parts = text.split('..');
  const [first = '', second] = parts;
  if (parts.length > 2 || text.trim() === '' || text.trim() === '..')
    throw wrong(text, 'is not a range of keys');
  if (second === undefined) {
    const only = bound(text, first);
    return { low: only, high: only };
  }
  const keys = { low: bound(text, first), high: bound(text, second) };
  if (keys.low && keys.high) checkOrder(text, keys.low, keys.high);
  return keys;
}

/** Whether a text is a whole number as MySQL's integer columns hold them. */
export function isWholeText(text: string | undefined): text is string {
  return text !== undefined && /^-?\d{1,20}$/.test(text);
}

function checkOrder(text: string, low: KeyBound, high: KeyBound): void {
  if (low.length !== high.length) throw wrong(text, 'has bounds of different lengths');
  // What order other keys have, their column's collation says.
  const [from, to] = [low[0], high[0]];
  if (isWholeText(from) && isWholeText(to) && BigInt(from) > BigInt(to))
    throw wrong(text, 'ends before it begins');
}

function bound(text: string, part: string): KeyBound | null {
  const trimmed = part.trim();
  if (trimmed === '') return null;
  if (!trimmed.startsWith('[')) return [trimmed];
  let list: unknown;
  try {
    list = JSON.parse(trimmed);
  } catch {
    throw wrong(text, 'holds a list that is not JSON');
  }
  const isList = Array.isArray(list) && list.length > 0 && list.every(isKeyPart);
  if (!isList) throw wrong(text, 'holds a list with values other than texts and numbers');
  return (list as (string | number)[]).map(String);
}

/** A number that JSON.parse would round is refused: as a text it is exact. */
function isKeyPart(value: unknown): boolean {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function wrong(text: string, what: string): RequestError {
  return new RequestError(request`${field('wherePk')} ${text} ${what}.`, {
    remedy: 'Write 42, 1000..2000, 1000.., ..2000, or for keys of several columns ["a","1"]..["c","9"].',
  });
}
