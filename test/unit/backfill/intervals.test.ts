import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clipped, merged, sizeOf, type Interval } from '../../../src/backfill/intervals.ts';

const interval = fc
  .tuple(fc.nat(60), fc.integer({ min: -1, max: 12 }))
  .map(([first, size]): Interval => ({ first, last: first + size }));

function offsetsOf(intervals: readonly Interval[]): number[] {
  const offsets = new Set<number>();
  for (const { first, last } of intervals) for (let at = first; at <= last; at += 1) offsets.add(at);
  return [...offsets].sort((a, b) => a - b);
}

test('merging keeps every offset, once, in pieces that do not touch', () => {
  fc.assert(
    fc.property(fc.array(interval), (intervals) => {
      const pieces = merged(intervals);
      expect(offsetsOf(pieces)).toEqual(offsetsOf(intervals));
      expect(sizeOf(pieces)).toBe(offsetsOf(intervals).length);
      pieces.slice(1).forEach(({ first }, index) => expect(first).toBeGreaterThan(pieces[index]!.last + 1));
    }),
  );
});

test('clipping keeps what lies within, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(interval), interval, (intervals, bounds) => {
      const inside = offsetsOf(intervals).filter((at) => at >= bounds.first && at <= bounds.last);
      expect(offsetsOf(clipped(merged(intervals), bounds))).toEqual(inside);
    }),
  );
});
