import type { Random } from '../../src/lab/simulator/random.ts';

/** Which slots of a key space have a row. Picks at random in constant time. */
export class Slots {
  readonly #limit: number;
  readonly #present: number[] = [];
  readonly #places = new Map<number, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#present.length;
  }

  /** Share of the slots that have a row. */
  get filled(): number {
    return this.size / this.#limit;
  }

  add(slot: number): void {
    if (this.#places.has(slot)) throw new Error(`slot ${slot} has a row`);
    this.#places.set(slot, this.#present.push(slot) - 1);
  }

  remove(slot: number): void {
    const place = this.#places.get(slot);
    if (place === undefined) throw new Error(`slot ${slot} has no row`);
    const last = this.#present.pop() as number;
    this.#places.delete(slot);
    if (last === slot) return;
    this.#present[place] = last;
    this.#places.set(last, place);
  }

  has(slot: number): boolean {
    return this.#places.has(slot);
  }

  /** Every slot with a row. */
  all(): number[] {
    return [...this.#present];
  }

  clear(): void {
    this.#present.length = 0;
    this.#places.clear();
  }

  /** Up to `count` different slots with a row. */
  present(random: Random, count: number): number[] {
    const picked = new Set<number>();
    for (let tries = 2 * count; tries > 0 && picked.size < count && this.size > 0; tries--)
      picked.add(random.pick(this.#present));
    return [...picked];
  }

  /** Up to `count` different slots without a row. */
  absent(random: Random, count: number): number[] {
    const picked = new Set<number>();
    for (let tries = 4 * count; tries > 0 && picked.size < count; tries--) {
      const slot = random.whole(this.#limit);
      if (!this.#places.has(slot)) picked.add(slot);
    }
    return [...picked];
  }
}
