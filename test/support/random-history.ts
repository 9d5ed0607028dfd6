import type { Random } from '../../src/lab/simulator/random.ts';

/** A row of the audit trail, in the order in which they are written. */
export interface HistoryRow {
  readonly kind: 'batch' | 'gap';
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  readonly flag: 'live' | 'replay';
  readonly from: string | null;
  readonly to: string | null;
  /** Whether the range had been run before: nothing is inserted then. */
  readonly again: boolean;
}

type Range = Pick<HistoryRow, 'first' | 'last' | 'from' | 'to'>;

/**
 * What may happen to a partition: batches, stretches that nobody reads, reads or replays later, offsets that are reset,
 * replays that are cut elsewhere, retention, a source that is reset, a Maxwell that sends changes twice.
 */
export class RandomHistory {
  readonly #random: Random;
  readonly #partition: number;
  readonly #live: Range[] = [];
  #holes: Range[] = [];
  #next: number;
  #file = 1;
  #position = 100;

  constructor(random: Random, partition: number) {
    this.#random = random;
    this.#partition = partition;
    this.#next = random.whole(50);
  }

  /** Whether live batches account for these offsets, whatever has become of their rows. */
  holdsAll(first: number, last: number): boolean {
    for (let offset = first; offset <= last; offset += 1)
      if (!this.#live.some((range) => range.first <= offset && offset <= range.last)) return false;
    return true;
  }

  get end(): number {
    return this.#next;
  }

  step(): HistoryRow[] {
    const random = this.#random;
    const chosen = random.whole(100);
    if (this.#live.length > 0) {
      if (chosen < 6) return this.#skip();
      if (chosen < 12) return this.#fill(random.chance(0.5));
      if (chosen < 18) return this.#readAgain();
      if (chosen < 24) return this.#replay();
      if (chosen < 26) return this.#lose();
      if (chosen < 29) return this.#goOn('reset');
      if (chosen < 33) return this.#goOn('twice');
    }
    return this.#goOn('usual');
  }

  #goOn(how: 'usual' | 'reset' | 'twice'): HistoryRow[] {
    // What was skipped before a reset has a place in either binlog; which one, the audit trail cannot know.
    const follows = this.#live.at(-1)?.last === this.#next - 1;
    if (how === 'reset' && follows) [this.#file, this.#position] = [1, 4];
    if (how === 'twice' && follows) this.#position = Math.max(4, this.#position - 60);
    const from = this.#at();
    if (this.#random.chance(0.1)) this.#file += this.#random.chance(0.5) ? 1 : 3;
    this.#position += 1 + this.#random.whole(40);
    const range = { ...this.#take(1 + this.#random.whole(9)), from, to: this.#at() };
    this.#live.push(range);
    return [this.#row(range)];
  }

  #skip(): HistoryRow[] {
    const from = this.#at();
    this.#position += 1;
    this.#holes.push({ ...this.#take(2 + this.#random.whole(6)), from, to: from });
    return [];
  }

  #fill(isLive: boolean): HistoryRow[] {
    if (this.#holes.length === 0) return [];
    const hole = this.#random.pick(this.#holes);
    if (!isLive && this.#random.chance(0.5))
      return [this.#row({ ...hole, last: hole.last - 1, from: null, to: null }, { flag: 'replay' })];
    if (isLive) {
      this.#holes = this.#holes.filter((each) => each !== hole);
      this.#live.push(hole);
      this.#live.sort((a, b) => a.first - b.first);
    }
    return [isLive ? this.#row(hole) : this.#row({ ...hole, from: null, to: null }, { flag: 'replay' })];
  }

  #readAgain(): HistoryRow[] {
    const from = this.#random.whole(this.#live.length);
    const ranges = this.#live.slice(from, from + 1 + this.#random.whole(5));
    return ranges.map((range) => this.#row(range, { again: true }));
  }

  #replay(): HistoryRow[] {
    const first = this.#random.pick(this.#live).first;
    const last = Math.min(this.#next - 1, first + 1 + this.#random.whole(30));
    return last < first
      ? []
      : [this.#row({ first, last, from: null, to: null }, { flag: 'replay', again: true })];
  }

  #lose(): HistoryRow[] {
    const range = this.#take(1 + this.#random.whole(9));
    return [this.#row({ ...range, from: null, to: null }, { kind: 'gap' })];
  }

  #take(size: number): Pick<Range, 'first' | 'last'> {
    const first = this.#next;
    this.#next += size;
    return { first, last: this.#next - 1 };
  }

  #at(): string {
    return `binlog.${String(this.#file).padStart(6, '0')}:${this.#position}`;
  }

  #row(range: Range, options: Partial<HistoryRow> = {}): HistoryRow {
    return { kind: 'batch', partition: this.#partition, flag: 'live', again: false, ...range, ...options };
  }
}
