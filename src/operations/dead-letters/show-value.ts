import { isUtf8 } from 'node:buffer';
import { decodeJsonObject, type Decoded } from '../../cdc/json/decode-json.ts';
import { jsonLines, type JsonLine } from './json-lines.ts';
import { changesOf, markedLines, marksOf } from './mark-lines.ts';
import { showBytes, showText } from './show-bytes.ts';
import type { FieldReason } from '../../pipelines/pipeline.ts';

/** Lines of one value. */
const mostLines = 60;

/** Larger values are not decoded for a look: that takes many times their size. */
const largestDecoded = 4_000_000;

/** A value for people, with the places marked at which the reasons point. */
export function showValue(value: Buffer, reasons: readonly FieldReason[]): string[] {
  const decoded = decodeForLook(value);
  if (decoded === null || !decoded.ok) return showUndecoded(value, decoded);
  const lines = jsonLines(decoded.value);
  return markedLines(lines, marksOf(lines, reasons), mostLines);
}

/** A correction for people, with the places marked that differ from the original. */
export function showCorrection(value: Buffer, original: Buffer | null): string[] {
  const decoded = decodeForLook(value);
  if (decoded === null || !decoded.ok) return showUndecoded(value, decoded);
  const before = original && decodeForLook(original);
  const lines = jsonLines(decoded.value);
  const old: JsonLine[] | null = before?.ok ? jsonLines(before.value) : null;
  return markedLines(lines, old === null ? new Map() : changesOf(lines, old), mostLines);
}

/** Null: too large. */
function decodeForLook(value: Buffer): Decoded | null {
  return value.length > largestDecoded ? null : decodeJsonObject(value);
}

function showUndecoded(value: Buffer, decoded: Decoded | null): string[] {
  if (value.length === 0) return ['(empty)'];
  if (!isUtf8(value)) return showBytes(value);
  const position =
    decoded !== null && !decoded.ok ? /at character (\d+) of/.exec(decoded.reason)?.[1] : undefined;
  return showText(
    value.toString('utf8').replace(/^\ufeff/, ''),
    position === undefined ? null : Number(position) - 1,
  );
}
