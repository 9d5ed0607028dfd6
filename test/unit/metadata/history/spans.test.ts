import { expect, test } from 'vitest';
import { addSpan, covers, spanFrom } from '../../../../src/metadata/history/spans.ts';
import type { Span } from '../../../../src/metadata/history/types.ts';

function spansOf(...ranges: readonly (readonly [number, number])[]): Span[] {
  const spans: Span[] = [];
  for (const [at, [first, last]] of ranges.entries()) addSpan(spans, { first, last, at });
  return spans;
}

test('spans that touch or overlap become one, in whatever order they come', () => {
  expect(spansOf([0, 4], [5, 9])).toEqual([{ first: 0, last: 9, at: 0 }]);
  expect(spansOf([5, 9], [0, 4])).toEqual([{ first: 0, last: 9, at: 1 }]);
  expect(spansOf([0, 4], [8, 9], [20, 29], [3, 25])).toEqual([{ first: 0, last: 29, at: 0 }]);
  expect(spansOf([0, 4], [6, 9])).toHaveLength(2);
});

test('a span begins when the first batch that begins it was committed', () => {
  expect(spansOf([10, 12], [10, 20], [15, 30])).toEqual([{ first: 10, last: 30, at: 0 }]);
  expect(spansOf([10, 12], [8, 9])).toEqual([{ first: 8, last: 12, at: 1 }]);
});

test('offsets in one span are covered, those of two are not', () => {
  const spans = spansOf([0, 4], [6, 9]);
  expect(covers(spans, 0, 4) && covers(spans, 7, 8)).toBe(true);
  expect(covers(spans, 4, 6) || covers(spans, 5, 5) || covers(spans, 9, 10) || covers([], 0, 0)).toBe(false);
});

test('the span of an offset, or the next behind it', () => {
  const spans = spansOf([0, 4], [6, 9]);
  expect([0, 4, 5, 9, 10].map((offset) => spanFrom(spans, offset)?.first)).toEqual([0, 0, 6, 6, undefined]);
});
