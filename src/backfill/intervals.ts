/** Offsets of one partition, both inclusive; empty when `last` is below `first`. */
export interface Interval {
  readonly first: number;
  readonly last: number;
}

/** The same offsets in order, those that touch or overlap joined, empty ones left out. */
export function merged(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  const sorted = intervals.filter(({ first, last }) => first <= last).sort((a, b) => a.first - b.first);
  for (const next of sorted) {
    const before = result.at(-1);
    if (before === undefined || next.first > before.last + 1) result.push(next);
    else result[result.length - 1] = { first: before.first, last: Math.max(before.last, next.last) };
  }
  return result;
}

/** What of the intervals lies within bounds. */
export function clipped(intervals: readonly Interval[], bounds: Interval): Interval[] {
  return intervals
    .map(({ first, last }) => ({ first: Math.max(first, bounds.first), last: Math.min(last, bounds.last) }))
    .filter(({ first, last }) => first <= last);
}

/** How many offsets intervals hold that do not overlap. */
export function sizeOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}
