import { setTimeout as delay } from 'node:timers/promises';

/** How often something is read, and for how long a scrape waits. */
export interface SamplerLimits {
  /** A reading is used for as long; then the next scrape asks anew. */
  readonly everyMs: number;
  /** How long a scrape waits for a reading: Prometheus gives up after ten seconds. */
  readonly waitMs?: number;
  /** Up to this age a reading stands in for one that is late or has failed. */
  readonly staleMs?: number;
  /**
   * Reads once at the start, and at its pace as long as somebody has asked since the last reading: nobody waits for what
   * takes long. Default: reads when it is asked.
   */
  readonly ahead?: boolean;
}

/**
 * Reads a value when somebody asks, though not more often than its pace: many scrapes cost one reading, and none cost
 * nothing. One reading is under way at a time.
 */
export class Sampler<Value> {
  readonly #read: () => Promise<Value>;
  readonly #limits: Required<SamplerLimits>;
  readonly #failed: (error: unknown) => void;
  #last: { readonly value: Value; readonly at: number } | null = null;
  #reading: Promise<void> | null = null;
  #isAsked = false;
  #next: NodeJS.Timeout | undefined;

  constructor(read: () => Promise<Value>, limits: SamplerLimits, failed: (error: unknown) => void) {
    this.#read = read;
    this.#limits = { waitMs: 3_000, staleMs: limits.everyMs * 4, ahead: false, ...limits };
    this.#failed = failed;
    if (this.#limits.ahead) this.#reading = this.#readOnce();
  }

  /** The value; null: there is none that is young enough. Never throws. */
  async value(): Promise<Value | null> {
    const { everyMs, waitMs, staleMs } = this.#limits;
    this.#isAsked = true;
    if (this.#age() >= everyMs) {
      this.#reading ??= this.#readOnce();
      const ended = new AbortController();
      const late = delay(waitMs, undefined, { signal: ended.signal }).catch(() => undefined);
      await Promise.race([this.#reading, late]);
      ended.abort();
    }
    return this.#last !== null && this.#age() < staleMs ? this.#last.value : null;
  }

  #age(): number {
    return this.#last === null ? Infinity : performance.now() - this.#last.at;
  }

  async #readOnce(): Promise<void> {
    try {
      this.#last = { value: await this.#read(), at: performance.now() };
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#reading = null;
      clearTimeout(this.#next);
      if (this.#limits.ahead) this.#next = setTimeout(() => this.#readAhead(), this.#limits.everyMs).unref();
    }
  }

  #readAhead(): void {
    if (this.#isAsked) this.#reading ??= this.#readOnce();
    this.#isAsked = false;
  }
}
