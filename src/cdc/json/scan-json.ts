import { survivesDouble } from './exact-number.ts';

/** Marks a string that stands for an exact number; JSON.parse reads it as U+0001. */
const markedQuote = '"\\u0001';

/** What one pass over a JSON text finds without parsing it. Only true of texts that turn out to be valid JSON. */
export interface JsonScan {
  /** Members of all objects together, duplicates counted twice. */
  readonly members: number;
  /** Greatest depth of nested objects and lists. */
  readonly depth: number;
  /** The text with every number that a double would change written as a string that begins with U+0001. */
  readonly marked: string;
  readonly hasMarks: boolean;
}

/**
 * Counts members and depth, and marks the numbers at risk, so that the engine's own JSON.parse can read the text
 * without loss.
 *
 * A text that is not JSON never becomes JSON by marking: a token is marked only when it is a whole JSON number and no
 * colon follows it (a number in the place of a key).
 */
export function scanJson(text: string): JsonScan {
  let members = 0;
  let depth = 0;
  let deepest = 0;
  let marked = '';
  let copied = 0;
  let i = 0;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 34) {
      i = endOfString(text, i);
      continue;
    }
    if (code === 45 || (code >= 48 && code <= 57)) {
      const end = endOfNumber(text, i);
      // A short whole number is what most numbers are: nothing to cut out and look at.
      const token = isShortWhole(text, i, end) ? null : text.slice(i, end);
      if (token !== null && !survivesDouble(token) && isNumber(token) && !colonFollows(text, end)) {
        marked += text.slice(copied, i) + markedQuote + token + '"';
        copied = end;
      }
      i = end;
      continue;
    }
    if (code === 58) members++;
    else if (code === 123 || code === 91) {
      if (++depth > deepest) deepest = depth;
    } else if (code === 125 || code === 93) depth--;
    i++;
  }
  const hasMarks = copied > 0;
  return { members, depth: deepest, marked: hasMarks ? marked + text.slice(copied) : text, hasMarks };
}

function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1) {
    let before = quote - 1;
    while (text.charCodeAt(before) === 92) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    const inNumber =
      (code >= 48 && code <= 57) || code === 46 || code === 43 || code === 45 || (code | 32) === 101;
    if (!inNumber) break;
    i++;
  }
  return i;
}

/** Whether a token is digits only, and so few that a double holds them. */
function isShortWhole(text: string, start: number, end: number): boolean {
  if (end - start > 15) return false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

function isNumber(token: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(token);
}

function colonFollows(text: string, end: number): boolean {
  let i = end;
  while (i < text.length && text.charCodeAt(i) <= 32) i++;
  return text.charCodeAt(i) === 58;
}
