import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codecs } from '../../../../src/kafka/wire/codecs.ts';
import { toOffset } from '../../../../src/kafka/offsets.ts';
import { decodeRecordSet, detachRecords } from '../../../../src/kafka/wire/record-batches.ts';
import { contentOf } from '../../../support/records.ts';
import {
  encodeContent,
  encodeRecordBatch,
  messageSize,
  shareHeaders,
  type RecordContent,
  type RecordToWrite,
} from '../../../../src/kafka/wire/record-batch-writer.ts';

const place = { topic: 't', partition: 3, from: 0, aborted: [] };

function batch(
  records: readonly RecordToWrite[],
  { first = 0, compression = 0, producer = -1, flags = 0 } = {},
): Buffer {
  const data = encodeRecordBatch({
    compression,
    firstTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_700_000_000_000,
    producerId: BigInt(producer),
    producerEpoch: 0,
    firstSequence: 0,
    records,
  });
  data.writeBigInt64BE(BigInt(first), 0);
  data.writeInt16BE(data.readInt16BE(21) | flags, 21);
  return data;
}
const value = (text: string): RecordToWrite => ({ key: null, value: text, timestampDelta: 0 });
const transactional = 0x10;
const control = 0x20;
const abortMarker = (first: number, producer: number): Buffer =>
  batch([{ key: Buffer.alloc(4), value: Buffer.alloc(6), timestampDelta: 0 }], {
    first,
    producer,
    flags: transactional | control,
  });

describe('record batches', () => {
  test('whatever is written is read again, with every codec', () => {
    const bytes = fc.oneof(
      fc.constant(null),
      fc.string(),
      fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b)),
    );
    const name = fc.oneof(fc.constantFrom('again', '1'), fc.string({ minLength: 1 }));
    const headers = fc.array(fc.tuple(name, bytes), { maxLength: 4 });
    const timestampDelta = fc.integer({ min: -2_000_000_000_000, max: 2_000_000_000_000 });
    const message = fc.record({ key: bytes, value: bytes, headers, timestampDelta });
    const codec = fc.constantFrom(codecs.none, codecs.gzip, codecs.snappy, codecs.lz4);
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 20 }), codec, (messages, compression) => {
        const data = batch(messages, { first: 1_000, compression });
        const { records, next } = decodeRecordSet(data, { ...place, from: 1_000 });
        expect(next).toBe(1_000 + messages.length);
        expect(records.map(contentOf)).toEqual(
          messages.map((each, index) => ({
            topic: 't',
            partition: 3,
            offset: 1_000 + index,
            timestamp: 1_700_000_000_000 + each.timestampDelta,
            key: each.key === null ? null : Buffer.from(each.key),
            value: each.value === null ? null : Buffer.from(each.value),
            headers: each.headers.map(([header, content]) => [
              header,
              content === null ? null : Buffer.from(content),
            ]),
          })),
        );
      }),
    );
  });

  test('content that was encoded before, with shared headers, is read as if it had been written at once', () => {
    const messages: RecordContent[] = [
      { key: 'k', value: 'satu ☕', headers: { own: 'ü' } },
      { key: null, value: null, headers: {} },
    ];
    const shared = { 'alir-source-topic': 't', 'alir-flag': 'live' };
    const encoded = messages.map((message) => ({
      value: null,
      timestampDelta: 0,
      encoded: encodeContent(message, shareHeaders(shared)),
    }));
    const plain = messages.map((each) => ({
      ...each,
      headers: { ...each.headers, ...shared },
      timestampDelta: 0,
    }));
    expect(batch(encoded).equals(batch(plain))).toBe(true);
    expect(messageSize(encoded[0]!)).toBe(messageSize(plain[0]!));
  });

  test('a record that is not as long as it says is damaged, though nobody has looked into it', () => {
    const data = batch([{ key: 'k', value: 'v', headers: { h: 'x' }, timestampDelta: 0 }]);
    data[data.length - 2] = 100; // the length of the header's value
    expect(() => decodeRecordSet(data, place)).toThrow('cannot be decoded');
  });

  test('records before the position and after the end are dropped, and the position passes the whole batch', () => {
    const data = batch(['a', 'b', 'c', 'd'].map(value), { first: 10 });
    const { records, next } = decodeRecordSet(data, { ...place, from: 11, until: 12 });
    expect(records.map(({ offset }) => offset)).toEqual([11, 12]);
    expect(next).toBe(14);
  });

  test('a batch that is cut off is left for the next fetch', () => {
    const data = Buffer.concat([batch([value('a')]), batch([value('b')], { first: 1 }).subarray(0, 65)]);
    expect(decodeRecordSet(data, place)).toMatchObject({ next: 1, records: { length: 1 } });
  });

  test('aborted records are dropped when two transactions were open at once and began before the fetch', () => {
    const data = Buffer.concat([
      batch([value('b aborted')], { first: 100, producer: 2, flags: transactional }),
      batch([value('a aborted')], { first: 101, producer: 1, flags: transactional }),
      batch([value('c')], { first: 102, producer: 3, flags: transactional }),
      abortMarker(103, 1),
      batch([value('a again')], { first: 104, producer: 1, flags: transactional }),
      batch([{ ...value('b aborted too'), key: Buffer.alloc(4) }], {
        first: 105,
        producer: 2,
        flags: transactional,
      }),
      batch([value('b aborted as well')], { first: 106, producer: 2, flags: transactional }),
      abortMarker(107, 2),
    ]);
    const aborted = [
      { producerId: 2n, firstOffset: 60n },
      { producerId: '1', firstOffset: '50' },
    ];
    const { records, next } = decodeRecordSet(data, { ...place, from: 100, aborted });
    expect(records.map((record) => String(record.value))).toEqual(['c', 'a again']);
    expect(next).toBe(108);
  });

  test('damaged data and old formats are errors that name the place', () => {
    const damaged = batch([value('a')], { first: 7 });
    damaged.writeInt32BE(5, 57);
    expect(() => decodeRecordSet(damaged, place)).toThrow('t/3/7');
    const old = batch([value('a')]);
    old.writeInt8(1, 16);
    expect(() => decodeRecordSet(old, place)).toThrow('older than Kafka 0.11');
  });

  test('a small record that keeps a large response alive gets memory of its own', () => {
    const large = Buffer.alloc(200_000);
    const data = batch([{ key: 'k', value: 'v', headers: { h: 'x' }, timestampDelta: 0 }]);
    data.copy(large);
    const { records, bytes } = decodeRecordSet(large.subarray(0, data.length), place);
    const [detached] = detachRecords(records, bytes);
    expect(contentOf(detached!)).toEqual(contentOf(records[0]!));
    expect(detached!.value!.buffer.byteLength).toBeLessThan(100);
  });

  test('the size that batches are cut by is not below the real one', () => {
    const message = { key: 'key', value: 'v'.repeat(1_000), headers: { name: 'content' } };
    const one = batch([{ ...message, timestampDelta: 0 }]).length - 61;
    expect(messageSize(message)).toBeGreaterThanOrEqual(one);
    expect(messageSize(message)).toBeLessThan(one + 40);
  });
});

test('offsets from 2^53 on are refused', () => {
  expect(toOffset('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => toOffset('9007199254740992')).toThrow('2^53');
  expect(() => toOffset(2n ** 63n - 1n)).toThrow('2^53');
});
