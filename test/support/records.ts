import type { SourceRecord } from '../../src/pipelines/record.ts';

/** A record that was never in a log. */
export function makeRecord(parts: Omit<SourceRecord, 'size'>): SourceRecord {
  const size = (parts.key?.length ?? 0) + (parts.value?.length ?? 0);
  return { ...parts, size };
}

/** What a record holds, as a plain object: a decoded record makes its parts when they are asked for. */
export function contentOf({
  topic,
  partition,
  offset,
  timestamp,
  key,
  value,
  headers,
}: SourceRecord): Omit<SourceRecord, 'size'> {
  return { topic, partition, offset, timestamp, key, value, headers };
}
