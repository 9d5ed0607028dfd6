import { isUtf8 } from 'node:buffer';
import type { DeadLetterSummary, Letter, LetterEvent } from '../../metadata/dead-letters/read-letters.ts';

/** Bytes as JSON has them: base64 without loss, and the text where they are one. */
interface JsonBytes {
  readonly base64: string;
  readonly text: string | null;
}

/** A letter of a list, for machines. */
export function summaryJson({ id, offset, ...letter }: DeadLetterSummary) {
  return { id: String(id), ...letter, offset: Number(offset) };
}

/** A letter with all that is kept of it, for machines. */
export function letterJson(letter: Letter, events: readonly LetterEvent[]) {
  const { id, record, edit, ...rest } = letter;
  const { topic, partition, offset, timestamp, key, value, headers } = record;
  return {
    id: String(id),
    ...rest,
    topic,
    partition,
    offset,
    recordTime: timestamp,
    key: bytesJson(key),
    headers: headers.map(([name, bytes]) => ({ name, ...bytesJson(bytes) })),
    value: bytesJson(value),
    edit: edit && { by: edit.by, at: edit.at, value: bytesJson(edit.value) },
    events,
  };
}

function bytesJson(bytes: Buffer | null): JsonBytes | null {
  if (bytes === null) return null;
  return { base64: bytes.toString('base64'), text: isUtf8(bytes) ? bytes.toString('utf8') : null };
}
