/** A small seeded generator (sfc32): the same seed gives the same numbers on every machine. */
export class Random {
  #a = 0x9e3779b9;
  #b = 0x243f6a88;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#c = seed | 0;
    for (let i = 0; i < 15; i++) this.bits();
  }

  /** 32 random bits, as an unsigned number. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A whole number from 0 to `below` − 1. */
  whole(below: number): number {
    return Math.floor((this.bits() / 2 ** 32) * below);
  }

  /** True with this probability. */
  chance(share: number): boolean {
    return this.bits() / 2 ** 32 < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.whole(list.length)] as T;
  }
}
