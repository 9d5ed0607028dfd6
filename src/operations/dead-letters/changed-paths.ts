import { decodeJsonObject } from '../../cdc/json/decode-json.ts';
import { jsonLines } from './json-lines.ts';

const mostNamed = 20;

/**
 * Which paths differ between two values, for the history of a letter: names only, never what stands there.
 *
 * @returns null: nothing differs
 */
export function changedPaths(before: Buffer | null, after: Buffer): string | null {
  if (before?.equals(after)) return null;
  const [old, now] = [leavesOf(before), leavesOf(after)];
  if (old === null || now === null) return 'the whole value';
  const paths = [...new Set([...old.keys(), ...now.keys()])].filter(
    (path) => old.get(path) !== now.get(path),
  );
  if (paths.length === 0) return null;
  const more = paths.length > mostNamed ? ` and ${paths.length - mostNamed} more` : '';
  return paths.slice(0, mostNamed).join(', ') + more;
}

function leavesOf(value: Buffer | null): Map<string, string> | null {
  const decoded = value && decodeJsonObject(value);
  if (!decoded?.ok) return null;
  return new Map(
    jsonLines(decoded.value).flatMap(({ path, leaf }) => (leaf === undefined ? [] : [[path, leaf]])),
  );
}
