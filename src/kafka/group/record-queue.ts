/**
 * What was fetched of one partition and waits to be cut into batches.
 *
 * The queue covers the positions from `start` to `end` without a gap, holes included: `start` is the `first` of the
 * next batch, `end` the next position to fetch. A jump (offsets that are gone) begins a new stretch, and a batch never
 * spans two stretches: its range could not be read again.
 */
import type { SourceRecord } from '../../pipelines/record.ts';

export interface CutLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

export interface Cut {
  readonly first: number;
  readonly last: number;
  readonly records: SourceRecord[];
  readonly bytes: number;
}

interface Chunk {
  readonly records: readonly SourceRecord[];
  readonly next: number;
  /** Where the stretch of this chunk begins when it is not at the end of the chunk before. */
  readonly jumpTo: number | null;
  readonly at: number;
  taken: number;
}

export class RecordQueue {
  #chunks: Chunk[] = [];
  #start: number;
  #end: number;
  #rows = 0;
  #bytes = 0;
  #jump = false;

  constructor(position: number) {
    this.#start = position;
    this.#end = position;
  }

  get start(): number {
    return this.#start;
  }
  get end(): number {
    return this.#end;
  }
  get rows(): number {
    return this.#rows;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** When the oldest queued record came, milliseconds since 1970; null: no records. */
  get waitingSince(): number | null {
    return this.#chunks.find(({ records, taken }) => taken < records.length)?.at ?? null;
  }
  /** Timestamp of the first queued record; null: no records. */
  get oldestTimestamp(): number | null {
    const chunk = this.#chunks.find(({ records, taken }) => taken < records.length);
    return chunk?.records[chunk.taken]?.timestamp ?? null;
  }
  /** Whether a jump follows what is queued: no more will come for the batch in front of it. */
  get jumps(): boolean {
    return this.#chunks.some(({ jumpTo }, index) => jumpTo !== null && index > 0);
  }

  /** Appends what a fetch from `end` brought; it moves `end` to `next`. */
  append(records: readonly SourceRecord[], next: number, at = Date.now()): void {
    if (next <= this.#end) return;
    this.#chunks.push({ records, next, jumpTo: this.#jump ? this.#end : null, at, taken: 0 });
    this.#jump = false;
    this.#end = next;
    this.#rows += records.length;
    for (const record of records) this.#bytes += record.size;
  }

  /** Goes on at a later position: what lies between is gone. */
  jump(position: number): void {
    if (this.#chunks.length === 0) this.#start = position;
    else this.#jump = true;
    this.#end = position;
  }

  /** Takes the next batch; null when no record is queued. */
  cut({ maxRows, maxBytes }: CutLimits): Cut | null {
    this.#dropEmptyStretch();
    if (this.#rows === 0) return null;
    const first = this.#start;
    const records: SourceRecord[] = [];
    let bytes = 0;
    let last = first - 1;
    for (let chunk = this.#chunks[0]; chunk; chunk = this.#chunks[0]) {
      if (chunk.jumpTo !== null && last >= first) break;
      while (chunk.taken < chunk.records.length) {
        const record = chunk.records[chunk.taken]!;
        const size = record.size;
        if (records.length > 0 && (records.length >= maxRows || bytes + size > maxBytes)) break;
        records.push(record);
        bytes += size;
        chunk.taken++;
        last = record.offset;
      }
      if (chunk.taken < chunk.records.length) break;
      last = chunk.next - 1;
      this.#chunks.shift();
    }
    this.#rows -= records.length;
    this.#bytes -= bytes;
    this.#start = this.#chunks[0]?.jumpTo ?? (this.#chunks.length === 0 ? this.#end : last + 1);
    return { first, last, records, bytes };
  }

  /** Gives up offsets that hold no record; false when there are records, or nothing to give up. */
  skipHoles(): boolean {
    if (this.#rows > 0 || this.#start === this.#end) return false;
    this.clear(this.#end);
    return true;
  }

  /** Drops everything before `position`; true when the queue ended before it, so that it must be fetched from there. */
  dropBefore(position: number): boolean {
    if (position > this.#end) {
      this.clear(position);
      return true;
    }
    for (let chunk = this.#chunks[0]; chunk && this.#start < position; chunk = this.#chunks[0]) {
      while (chunk.taken < chunk.records.length && chunk.records[chunk.taken]!.offset < position) {
        const size = chunk.records[chunk.taken++]!.size;
        this.#bytes -= size;
        this.#rows--;
      }
      if (chunk.next > position) break;
      this.#chunks.shift();
    }
    this.#start = Math.max(this.#start, this.#chunks[0]?.jumpTo ?? position);
    return false;
  }

  /** Empties the queue and goes on at `position`. */
  clear(position: number): void {
    this.#chunks = [];
    this.#start = position;
    this.#end = position;
    this.#rows = 0;
    this.#bytes = 0;
    this.#jump = false;
  }

  /** A stretch in front that holds no record is not worth a batch; the one after it begins behind a jump. */
  #dropEmptyStretch(): void {
    while (this.jumps && this.#chunks[0]!.taken >= this.#chunks[0]!.records.length) {
      this.#chunks.shift();
      this.#start = this.#chunks[0]?.jumpTo ?? this.#start;
    }
  }
}
