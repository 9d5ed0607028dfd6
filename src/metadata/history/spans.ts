import type { Span } from './types.ts';

/** Whether all offsets from `first` to `last` are in one of the spans. */
export function covers(spans: readonly Span[], first: number, last: number): boolean {
  const span = spans[indexFrom(spans, first)];
  return span !== undefined && span.first <= first && last <= span.last;
}

/** The span that holds an offset, or the next one behind it. */
export function spanFrom(spans: readonly Span[], offset: number): Span | undefined {
  return spans[indexFrom(spans, offset)];
}

/**
 * Adds offsets to spans that are in order and do not touch each other, and leaves them so. Where a span begins with the
 * same offset already, its time stays: that batch was the first one.
 */
export function addSpan(spans: Span[], { first, last, at }: Span): void {
  if (last < first) return;
  const from = indexFrom(spans, first - 1);
  let [to, begin, end, time] = [from, first, last, at];
  for (let span = spans[to]; span !== undefined && span.first <= end + 1; span = spans[to]) {
    if (span.first <= begin) [begin, time] = [span.first, span.at];
    end = Math.max(end, span.last);
    to += 1;
  }
  spans.splice(from, to - from, { first: begin, last: end, at: time });
}

/** Number of the first span that ends at an offset or behind it. */
function indexFrom(spans: readonly Span[], offset: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans[middle]!.last < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
