/**
 * `fixtures/<writer>-<codec>.bin` are log segments of a Kafka 4.3 broker as kcat 1.7 (librdkafka) and Kafka's console
 * producer wrote them, each line a message: 30 small ones and one of 120 kB, more than a block of snappy or lz4 holds.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codecs } from '../../../../src/kafka/wire/codecs.ts';
import { decodeRecordSet } from '../../../../src/kafka/wire/record-batches.ts';

const lines = Array.from({ length: 30 }, (_, id) =>
  JSON.stringify({ id, order_no: `ORD-2026-${id}`, note: `pesanan ke ${id}` }),
);
lines.push(JSON.stringify({ big: 'abcdefghij'.repeat(12_000) }));

describe.each(['rdkafka', 'java'])('written by %s', (writer) => {
  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('%s is read', (codec) => {
    const data = readFileSync(new URL(`fixtures/${writer}-${codec}.bin`, import.meta.url));
    expect(data.readInt16BE(21) & 7).toBe(codecs[codec]);
    const { records, next } = decodeRecordSet(data, { topic: 't', partition: 0, from: 0, aborted: [] });
    expect(records.map(({ value }) => value?.toString())).toEqual(lines);
    expect(next).toBe(lines.length);
  });
});
