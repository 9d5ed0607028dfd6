import { decodeJsonObject } from '../cdc/json/decode-json.ts';
import { readEnvelope } from '../cdc/maxwell/envelope.ts';
import type { SourceRecord } from './record.ts';

/**
 * When a change was made in its source, milliseconds since 1970: for a row from the binlog the second that MySQL noted,
 * so up to a second too early; for everything else the time of the record.
 */
export function sourceTimeOf({ value, timestamp }: SourceRecord): number {
  const decoded = value && decodeJsonObject(value);
  if (!decoded?.ok) return timestamp;
  const envelope = readEnvelope(decoded.value);
  // A bootstrap row carries the time at which it was read.
  const isFromBinlog = envelope?.kind === 'row' && envelope.change !== 'bootstrap-insert';
  const seconds = decoded.value['ts'];
  return isFromBinlog && typeof seconds === 'number' ? seconds * 1000 : timestamp;
}
