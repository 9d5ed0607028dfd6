import type { BatchRange } from '../contract.ts';

/** A piece of one of the ranges. */
export interface CursorPage {
  readonly index: number;
  readonly range: BatchRange;
}

/**
 * Where a replay stands in its ranges. Pages are cut at fixed offsets, so that a page is the same one whenever it is
 * run; the ranges take turns, so that partitions are read side by side. Pages may finish in any order.
 */
export class ReplayCursor {
  readonly offsets: number;
  readonly #ranges: readonly BatchRange[];
  readonly #size: number;
  readonly #next: number[];
  #doneOffsets: number;
  #turn = 0;

  constructor(ranges: readonly BatchRange[], size: number, next?: readonly number[]) {
    this.#ranges = ranges;
    this.#size = size;
    this.#next = ranges.map(({ first }, index) => next?.[index] ?? first);
    this.offsets = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    this.#doneOffsets = ranges.reduce(
      (sum, { first }, index) => sum + (this.#next[index] ?? first) - first,
      0,
    );
  }

  get hasMore(): boolean {
    return this.#ranges.some(({ last }, index) => (this.#next[index] ?? 0) <= last);
  }

  /** Offsets of finished pages. */
  get doneOffsets(): number {
    return this.#doneOffsets;
  }

  /** First offset of each range that no page has taken; the resume point once every taken page has finished. */
  get next(): readonly number[] {
    return [...this.#next];
  }

  /** Takes the next page; only while `hasMore`. */
  take(): CursorPage {
    for (;;) {
      const index = this.#turn++ % this.#ranges.length;
      const range = this.#ranges[index]!;
      const first = this.#next[index]!;
      if (first > range.last) continue;
      // Cut where the whole range would be cut, not where this run happened to begin.
      const last = Math.min(
        range.last,
        range.first + this.#size * Math.floor((first - range.first) / this.#size + 1) - 1,
      );
      this.#next[index] = last + 1;
      return { index, range: { ...range, first, last } };
    }
  }

  finish({ range: { first, last } }: CursorPage): void {
    this.#doneOffsets += last - first + 1;
  }
}
