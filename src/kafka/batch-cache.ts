import type { RecordRange } from '../pipelines/record.ts';

/** Everything that must be equal for a hit: another `last` means another batch, another id another topic. */
export type CacheKey = Pick<RecordRange, 'topicId' | 'partition' | 'first' | 'last'>;

/**
 * What the consumer has read and the worker of the same process is about to need, up to a number of bytes.
 *
 * The oldest entries are dropped first: whoever misses one reads the range from Kafka again.
 */
export class BatchCache<Payload> {
  readonly #entries = new Map<string, { readonly payload: Payload; readonly bytes: number }>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Keeps `payload`, which takes `bytes`; replaces what is there. A payload larger than the cache is not kept. */
  put(key: CacheKey, payload: Payload, bytes: number): void {
    this.delete(key);
    if (bytes > this.#maxBytes) return;
    this.#entries.set(nameOf(key), { payload, bytes });
    this.#bytes += bytes;
    for (const name of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#drop(name);
    }
  }

  get(key: CacheKey): Payload | undefined {
    return this.#entries.get(nameOf(key))?.payload;
  }

  /** Like {@link get}, and removes it. */
  take(key: CacheKey): Payload | undefined {
    const payload = this.get(key);
    this.delete(key);
    return payload;
  }

  delete(key: CacheKey): void {
    this.#drop(nameOf(key));
  }

  /** Bytes of all payloads that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  #drop(name: string): void {
    const entry = this.#entries.get(name);
    if (entry && this.#entries.delete(name)) this.#bytes -= entry.bytes;
  }
}

function nameOf({ topicId, partition, first, last }: CacheKey): string {
  return `${topicId}/${partition}/${first}-${last}`;
}
