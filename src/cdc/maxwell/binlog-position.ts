import { decodeJsonObject } from '../json/decode-json.ts';
import { attributeOf } from './naming.ts';

/** Maxwell tells a position as "file:offset"; GTIDs only where it is asked to, one or a set of them. */
const patterns = { gtid: /:(\d+-)?\d+$/, position: /\.\d+:\d+$/ } as const;

/** Where in the binlog the change of a message is; null: it does not tell. Rows of a bootstrap are nowhere. */
export function binlogPositionOf(
  value: Buffer | null,
  name: keyof typeof patterns = 'position',
): string | null {
  const decoded = value && decodeJsonObject(value);
  if (!decoded?.ok) return null;
  const { type } = decoded.value;
  if (typeof type === 'string' && type.startsWith('bootstrap-')) return null;
  const position = attributeOf(decoded.value, name);
  return typeof position === 'string' && patterns[name].test(position) ? position : null;
}

/** How many messages at either end of a batch are looked at: a batch of a bootstrap has no positions at all. */
const looks = 10;

interface Message {
  readonly value: Buffer | null;
}

/** The first and the last position that the messages of a batch tell; null: they tell none. */
export function positionsOf(
  messages: readonly Message[],
): { readonly first: string; readonly last: string } | null {
  const first = firstOf(messages.slice(0, looks));
  const last = firstOf(messages.slice(-looks).reverse());
  return first === null || last === null ? null : { first, last };
}

function firstOf(messages: readonly Message[]): string | null {
  for (const { value } of messages) {
    const position = binlogPositionOf(value);
    if (position !== null) return position;
  }
  return null;
}

/** Whether two positions are of files that are numbered in one row: "binlog.000003:4" and "binlog.000010:4". */
export function isSameBinlog(a: string, b: string): boolean {
  const baseOf = (position: string): string => position.replace(/\.\d+:\d+$/, '');
  return baseOf(a) === baseOf(b);
}

/** Negative, zero or positive: which of two binlog positions comes first. File numbers compare as numbers. */
export function comparePositions(a: string, b: string): number {
  const [fileA, offsetA] = parts(a);
  const [fileB, offsetB] = parts(b);
  return fileA - fileB || offsetA - offsetB;
}

function parts(position: string): [number, number] {
  const [, file, offset] = /\.(\d+):(\d+)$/.exec(position) ?? [];
  return [Number(file ?? 0), Number(offset ?? 0)];
}
