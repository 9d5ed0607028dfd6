import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordQueue } from '../../../../src/kafka/group/record-queue.ts';
import type { SourceRecord } from '../../../../src/pipelines/record.ts';
import { makeRecord } from '../../../support/records.ts';

function record(offset: number, bytes = 10, timestamp = 0): SourceRecord {
  return makeRecord({
    topic: 't',
    partition: 0,
    offset,
    timestamp,
    key: null,
    value: Buffer.alloc(bytes),
    headers: [],
  });
}
function records(from: number, to: number): SourceRecord[] {
  return Array.from({ length: to - from }, (_, index) => record(from + index));
}
const all = { maxRows: 1_000, maxBytes: 1_000_000 };

describe('record queue', () => {
  test('a whole chunk ends behind its control records, a cut inside at the last record taken', () => {
    const queue = new RecordQueue(5);
    queue.append(records(5, 15), 20);
    expect(queue.cut({ ...all, maxRows: 4 })).toMatchObject({ first: 5, last: 8, bytes: 40 });
    expect(queue.cut(all)).toMatchObject({ first: 9, last: 19 });
    expect(queue.start).toBe(20);
    expect(queue.cut(all)).toBeNull();
  });

  test('a batch holds at most maxBytes, but always one record', () => {
    const queue = new RecordQueue(0);
    queue.append([record(0, 500), record(1, 60), record(2, 60)], 3);
    expect(queue.cut({ ...all, maxBytes: 100 })).toMatchObject({ first: 0, last: 0 });
    expect(queue.cut({ ...all, maxBytes: 100 })).toMatchObject({ first: 1, last: 1 });
  });

  test('holes in front belong to the next batch', () => {
    const queue = new RecordQueue(0);
    queue.append([], 7);
    queue.append(records(7, 9), 9);
    expect(queue.cut(all)).toMatchObject({ first: 0, last: 8 });
  });

  test('holes at the end can be given up, records cannot', () => {
    const queue = new RecordQueue(0);
    queue.append([], 7);
    expect(queue.skipHoles()).toBe(true);
    expect(queue.start).toBe(7);
    queue.append(records(7, 8), 9);
    expect(queue.skipHoles()).toBe(false);
  });

  test('the timestamp of the first record that waits is told', () => {
    const queue = new RecordQueue(0);
    expect(queue.oldestTimestamp).toBeNull();
    queue.append([], 3);
    queue.append([record(3, 10, 700), record(4, 10, 500), record(5, 10, 600)], 6);
    expect(queue.oldestTimestamp).toBe(700);
    queue.cut({ ...all, maxRows: 1 });
    expect(queue.oldestTimestamp).toBe(500);
    queue.dropBefore(5);
    expect(queue.oldestTimestamp).toBe(600);
    queue.clear(6);
    expect(queue.oldestTimestamp).toBeNull();
  });

  test('a batch never spans a jump', () => {
    const queue = new RecordQueue(0);
    queue.append(records(0, 3), 3);
    queue.jump(100);
    queue.append(records(100, 102), 102);
    expect(queue.jumps).toBe(true);
    expect(queue.cut(all)).toMatchObject({ first: 0, last: 2 });
    expect(queue.cut(all)).toMatchObject({ first: 100, last: 101 });
  });

  test('after a jump of an empty queue the next batch begins behind it', () => {
    const queue = new RecordQueue(3);
    queue.jump(50);
    expect(queue.start).toBe(50);
    queue.append(records(50, 51), 51);
    expect(queue.cut(all)).toMatchObject({ first: 50, last: 50 });
  });

  test('an earlier run that went further drops what it has processed', () => {
    const queue = new RecordQueue(0);
    queue.append(records(0, 10), 10);
    queue.append(records(10, 20), 22);
    expect(queue.dropBefore(12)).toBe(false);
    expect(queue.cut(all)).toMatchObject({ first: 12, last: 21 });
    expect(queue.bytes).toBe(0);
    expect(queue.dropBefore(30)).toBe(true);
    expect(queue.start).toBe(30);
  });

  test('any cuts cover all positions once, in order, and leave nothing behind', () => {
    const chunk = fc.record({ holes: fc.nat(3), records: fc.nat(6), control: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(chunk), fc.integer({ min: 1, max: 7 }), fc.nat(40), (chunks, maxRows, dropTo) => {
        const queue = new RecordQueue(0);
        const expected: number[] = [];
        for (const { holes, records: count, control } of chunks) {
          const from = queue.end + holes;
          queue.append(records(from, from + count), from + count + control);
          for (let i = 0; i < count; i++) expected.push(from + i);
        }
        const dropped = Math.min(dropTo, queue.end);
        queue.dropBefore(dropped);
        const seen: number[] = [];
        let position = queue.start;
        for (
          let cut = queue.cut({ maxRows, maxBytes: 1e9 });
          cut;
          cut = queue.cut({ maxRows, maxBytes: 1e9 })
        ) {
          expect(cut.first).toBe(position);
          expect(cut.records.length).toBeLessThanOrEqual(maxRows);
          position = cut.last + 1;
          seen.push(...cut.records.map(({ offset }) => offset));
        }
        expect(seen).toEqual(expected.filter((offset) => offset >= dropped));
        expect(queue.rows).toBe(0);
        expect(queue.bytes).toBe(0);
      }),
    );
  });
});
