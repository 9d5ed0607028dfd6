import type { Refusal } from './correct-letter.ts';

/** Letters that were refused for one reason. */
export interface CountedRefusal {
  readonly code: string;
  readonly reason: string;
  readonly letters: number;
  /** Ids of the first of them. */
  readonly examples: readonly string[];
}

const mostReasons = 50;
const mostExamples = 3;

/** Refusals of many letters, counted by reason. */
export class RefusalCounts {
  readonly #counts = new Map<string, CountedRefusal>();

  add(id: bigint, { code, reason }: Refusal): void {
    const isKnown = this.#counts.has(reason) || this.#counts.size < mostReasons;
    const key = isKnown ? reason : 'other reasons';
    const { letters = 0, examples = [] } = this.#counts.get(key) ?? {};
    this.#counts.set(key, {
      code,
      reason: key,
      letters: letters + 1,
      examples: examples.length < mostExamples ? [...examples, String(id)] : examples,
    });
  }

  /** Most first. */
  list(): CountedRefusal[] {
    return [...this.#counts.values()].sort((a, b) => b.letters - a.letters);
  }
}
