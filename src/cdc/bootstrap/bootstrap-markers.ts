import { decodeJsonObject } from '../json/decode-json.ts';
import { readEnvelope } from '../maxwell/envelope.ts';

/** What Maxwell writes before and after the rows of a bootstrap. */
export type BootstrapMarker = 'start' | 'complete';

const sign = Buffer.from('bootstrap-');

/** Whether a record marks the begin or the end of a bootstrap of a table; null: neither. */
export function bootstrapMarker(
  value: Buffer | null,
  { database, table }: { readonly database: string; readonly table: string },
): BootstrapMarker | null {
  // Most records are rows: they are not decoded for this.
  if (!value?.subarray(0, 1_024).includes(sign)) return null;
  const decoded = decodeJsonObject(value);
  const message = decoded.ok ? readEnvelope(decoded.value) : null;
  if (message?.kind !== 'control' || message.database !== database || message.table !== table) return null;
  if (message.type === 'bootstrap-start') return 'start';
  return message.type === 'bootstrap-complete' ? 'complete' : null;
}
