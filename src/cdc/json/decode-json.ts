import { isUtf8 } from 'node:buffer';
import { parse as parseLossless } from 'lossless-json';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { ExactNumber, isJsonObject, numberOf, type JsonObject, type JsonValue } from './exact-number.ts';
import { scanJson, type JsonScan } from './scan-json.ts';

/** Nested objects and lists at most. PHP stops at 512; nobody nests an order or a row deeper than a few levels. */
export const maxDepth = 100;

export type Decoded =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly code: ErrorCode; readonly reason: string };

/** Reads one JSON text; both ways of reading are compared in the tests. */
export type JsonReader = (text: string, scan: JsonScan) => JsonValue;

/**
 * Decodes a message value into one JSON object, every number exact.
 *
 * Refused: an empty value, invalid UTF-8, text that is not JSON, anything but an object, a key that occurs twice in
 * one object (equal values too: a sender that repeats keys is broken), half surrogate pairs (no Unicode text, and PHP
 * cannot read them back), a key `__proto__`, more than 100 levels. Reasons name places, never contents.
 */
export function decodeJsonObject(bytes: Buffer): Decoded {
  if (bytes.length === 0) return dead('RECORD_EMPTY', 'The value is empty.');
  if (!isUtf8(bytes)) return dead('RECORD_NOT_UTF8', 'The value is not valid UTF-8.');
  const text = withoutByteOrderMark(bytes.toString('utf8'));
  const scan = scanJson(text);
  if (scan.depth > maxDepth) {
    return dead('RECORD_NOT_JSON', `The value nests objects and lists deeper than ${maxDepth} levels.`);
  }
  let value: JsonValue;
  try {
    value = readerFor(text)(text, scan);
  } catch {
    return dead('RECORD_NOT_JSON', brokenAt(text));
  }
  if (!isJsonObject(value)) return dead('RECORD_NOT_OBJECT', 'The value is JSON, but not an object.');
  const walk: Walk = { keys: 0, surrogates: /\\u[dD]/.test(text), complaint: null };
  inspect(value, walk);
  if (walk.complaint !== null) return dead('RECORD_NOT_JSON', walk.complaint);
  if (walk.keys !== scan.members) {
    return dead('RECORD_DUPLICATE_KEY', 'A key occurs twice in one object.');
  }
  return { ok: true, value };
}

/** The engine's parser over the marked text: five times as fast as the lossless one. */
export const readMarked: JsonReader = (text, scan) => {
  if (!scan.hasMarks) return JSON.parse(text) as JsonValue;
  const holder = [JSON.parse(scan.marked) as JsonValue];
  unmark(holder);
  return holder[0] as JsonValue;
};

/** lossless-json: the definition of what a text means. Equal duplicates are found by counting, see above. */
export const readLossless: JsonReader = (text) =>
  parseLossless(text, undefined, {
    parseNumber: numberOf,
    onDuplicateKey: ({ newValue }) => newValue,
  }) as JsonValue;

/** A text with an escaped U+0001 of its own could be taken for a mark: the lossless parser reads it. */
export function readerFor(text: string): JsonReader {
  return text.includes('\\u0001') ? readLossless : readMarked;
}

/** Replaces marked strings by the exact numbers that they stand for. */
function unmark(container: JsonObject | JsonValue[]): void {
  const members = container as JsonObject;
  for (const key in members) {
    const value = members[key];
    if (typeof value === 'string') {
      if (value.charCodeAt(0) === 1 && key !== '__proto__') members[key] = new ExactNumber(value.slice(1));
    } else if (typeof value === 'object' && value !== null) unmark(value as JsonObject);
  }
}

interface Walk {
  keys: number;
  /** Whether texts must be looked at: half pairs only come from escapes, since the bytes are valid UTF-8. */
  readonly surrogates: boolean;
  complaint: string | null;
}

function inspect(value: JsonObject | JsonValue[], walk: Walk): void {
  if (Array.isArray(value)) {
    for (const item of value) inspectMember(item, walk);
    return;
  }
  for (const key in value) {
    walk.keys++;
    if (key === '__proto__') walk.complaint = 'A key is named __proto__, which is refused.';
    if (walk.surrogates && hasHalfPair(key)) walk.complaint = halfPair;
    inspectMember(value[key] as JsonValue, walk);
  }
}

function inspectMember(value: JsonValue, walk: Walk): void {
  if (typeof value === 'string') {
    if (walk.surrogates && hasHalfPair(value)) walk.complaint = halfPair;
  } else if (typeof value === 'object' && value !== null && !(value instanceof ExactNumber))
    inspect(value, walk);
}

const halfPair = 'A text holds half of a surrogate pair, which is not Unicode.';

function hasHalfPair(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/** Where the lossless parser stops; its message is not used since it quotes the text. */
function brokenAt(text: string): string {
  try {
    readLossless(text, scanJson(''));
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    if (position !== undefined) {
      return `The value is not JSON: it breaks at character ${Number(position) + 1} of ${text.length}.`;
    }
  }
  return 'The value is not JSON.';
}

function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function dead(code: ErrorCode, reason: string): Decoded {
  return { ok: false, code, reason };
}
