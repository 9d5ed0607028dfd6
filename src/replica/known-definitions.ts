import { setTimeout as delay } from 'node:timers/promises';
import { DefinitionLog } from '../cdc/ddl/definition-log.ts';
import type { DdlEvent } from '../cdc/ddl/ddl-event.ts';
import { SchemaHistory, type Capture } from '../cdc/schema/schema-history.ts';

/** How long after a row the definition that came before it may still be on its way into another topic. */
const patienceMs = 5_000;
const lookEveryMs = 100;

/** The definitions that the DDL topic holds, read on as rows name newer ones. */
export class KnownDefinitions {
  readonly history = new SchemaHistory();
  readonly log = new DefinitionLog();
  readonly #next: () => Promise<readonly DdlEvent[]>;
  readonly #captures: () => Promise<readonly Capture[]>;
  #reading: Promise<unknown> = Promise.resolve();
  #followed = -1;

  /**
   * @param next what Maxwell told since the last call
   * @param captures where it took all definitions anew
   */
  constructor(
    next: () => Promise<readonly DdlEvent[]>,
    captures: () => Promise<readonly Capture[]> = () => Promise.resolve([]),
  ) {
    this.#next = next;
    this.#captures = captures;
  }

  /** Adds what has come since. Batches of several tables ask at the same time: one after the other. */
  async read(): Promise<void> {
    const reading = this.#reading.then(async () => {
      for (const event of await this.#next()) {
        this.history.add(event);
        this.log.add(event);
      }
      const captures = await this.#captures();
      this.history.setCaptures(captures);
      this.log.setCaptures(captures);
    });
    this.#reading = reading.catch(() => undefined);
    await reading;
  }

  /**
   * Reads until the definition that a row names is there. It may never come: schemas of other databases have numbers
   * too, and Maxwell tells nothing of them.
   *
   * @param writtenAtMs when the row was written to Kafka
   */
  async follow(schemaId: number | null, writtenAtMs: number): Promise<void> {
    await this.read();
    if (schemaId === null || schemaId <= this.#followed) return;
    for (let waited = 0; this.history.newestId < schemaId; waited += lookEveryMs) {
      if (waited >= patienceMs || Date.now() >= writtenAtMs + patienceMs) break;
      await delay(lookEveryMs);
      await this.read();
    }
    this.#followed = Math.max(this.#followed, schemaId);
  }
}
