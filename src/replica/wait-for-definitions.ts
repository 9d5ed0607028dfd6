import { setTimeout as delay } from 'node:timers/promises';
import { comparePositions } from '../cdc/maxwell/binlog-position.ts';
import type { MysqlAddress } from '../config/load-config.ts';
import { askMaxwellPosition } from './maxwell-position.ts';
import { ifVisible } from './not-visible.ts';
import { askBinlogEnd } from './source-server.ts';

const patienceMs = 30_000;
const lookEveryMs = 500;

/**
 * Waits until Maxwell has told of every change that a definition, read from the source, may show.
 *
 * What is judged by a reading is in doubt only for what was changed before that reading: Maxwell has to pass the end that
 * the binlog had after it. One wait therefore covers every reading that was made before it began, of all tables.
 */
export class ToldDefinitions {
  readonly #source: MysqlAddress;
  /** When the end of the binlog was asked for last, by `performance.now()`. */
  #askedAt = -Infinity;
  #end: Promise<string | null> = Promise.resolve(null);
  /** Whether Maxwell has passed that end; null: nobody waits for it. */
  #passing: Promise<boolean> | null = null;
  /** Where Maxwell stood when it had been waited for in vain. */
  #stoodAt: string | null = null;

  constructor(source: MysqlAddress) {
    this.#source = source;
  }

  /**
   * Resolves when Maxwell has told, has not within half a minute, or may not be seen: then what is known must do. One that
   * is late is waited for again, but not beyond the same position; one that has not moved since is not.
   *
   * @param readAt when the definition had been read, by `performance.now()`
   * @throws AlirError MYSQL_*
   */
  async since(readAt: number): Promise<void> {
    if (readAt >= this.#askedAt) {
      this.#askedAt = performance.now();
      this.#end = ifVisible(askBinlogEnd(this.#source));
      this.#passing = null;
    }
    const passing = (this.#passing ??= this.#passes(this.#end));
    const forget = (): void => {
      if (this.#passing === passing) this.#passing = null;
    };
    try {
      if (!(await passing)) forget();
    } catch (error) {
      this.#askedAt = -Infinity;
      forget();
      throw error;
    }
  }

  async #passes(end: Promise<string | null>): Promise<boolean> {
    const position = await end;
    if (position === null) return true;
    let standsAt: string | null = null;
    for (let waited = 0; waited < patienceMs; waited += lookEveryMs) {
      standsAt = await ifVisible(askMaxwellPosition(this.#source));
      if (standsAt === null || comparePositions(standsAt, position) >= 0) return true;
      if (standsAt === this.#stoodAt) return false;
      await delay(lookEveryMs);
    }
    this.#stoodAt = standsAt;
    return false;
  }
}
