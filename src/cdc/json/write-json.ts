import { stringify } from 'lossless-json';
import { ExactNumber, type JsonValue } from './exact-number.ts';

const needsNoEscape = /^[ !#-[\]-~]*$/;

/** JSON of a text. Most are plain ASCII, for which the engine's own way is a detour. */
export function quoteJson(text: string): string {
  return needsNoEscape.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** JSON of a decoded value, its exact numbers as they were written. */
export function writeJson(value: JsonValue): string {
  if (!holdsExact(value)) return JSON.stringify(value);
  return stringify(value, undefined, undefined, [
    { test: (item) => item instanceof ExactNumber, stringify: (item) => (item as ExactNumber).text },
  ]) as string;
}

function holdsExact(value: JsonValue | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof ExactNumber) return true;
  const members = value as { [key: string]: JsonValue };
  for (const key in members) if (holdsExact(members[key])) return true;
  return false;
}
