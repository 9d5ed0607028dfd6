import { decodeJsonObject } from '../cdc/json/decode-json.ts';
import { readDdl, type DdlEvent } from '../cdc/schema/ddl-event.ts';
import type { Brokers } from './brokers.ts';
import { readPages } from './range-reader.ts';
import { describeTopics } from './topics.ts';

/** Where Maxwell writes what becomes of tables. */
const ddlTopic = 'producer.ddl';

export interface DroppedTable {
  readonly database: string;
  readonly table: string;
  /** Milliseconds since 1970, of a whole second: the binlog knows no more. It may have been up to a second later. */
  readonly timeMs: number;
}

/** Reads on and on what Maxwell tells of changes of schemas. */
export class DdlEvents {
  readonly #brokers: Brokers;
  #topicId = '';
  readonly #positions = new Map<number, number>();

  constructor(brokers: Brokers) {
    this.#brokers = brokers;
  }

  /**
   * What has come since the last call, in the order of each partition; at the first, all that the topic tells.
   *
   * @throws AlirError KAFKA_*: the next call brings the same again
   */
  async next(): Promise<DdlEvent[]> {
    const [topic] = await describeTopics(this.#brokers, [ddlTopic]);
    if (topic && topic.id !== this.#topicId) this.#positions.clear();
    this.#topicId = topic?.id ?? '';
    const found: DdlEvent[] = [];
    const reached = new Map<number, number>();
    for (const { partition, start, end } of topic?.partitions ?? []) {
      const first = Math.max(start, this.#positions.get(partition) ?? 0);
      if (first >= end) continue;
      const range = { topic: ddlTopic, topicId: this.#topicId, partition, first, last: end - 1 };
      for await (const { records } of readPages(this.#brokers, range)) {
        for (const { value } of records) {
          const decoded = value && decodeJsonObject(value);
          const event = decoded?.ok ? readDdl(decoded.value) : null;
          if (event !== null) found.push(event);
        }
      }
      reached.set(partition, end);
    }
    for (const [partition, end] of reached) this.#positions.set(partition, end);
    return found;
  }
}

/** The tables that were dropped in the source, as Maxwell saw it. Rows that go with their table are in no event. */
export class DroppedTables {
  readonly #events: DdlEvents;

  constructor(brokers: Brokers) {
    this.#events = new DdlEvents(brokers);
  }

  /**
   * What was dropped since the last call; at the first, all that the topic tells.
   *
   * @throws AlirError KAFKA_*: the next call brings the same again
   */
  async next(): Promise<DroppedTable[]> {
    return (await this.#events.next()).flatMap(({ type, database, table, timeMs }) =>
      type === 'table-drop' && table !== null ? [{ database, table, timeMs }] : [],
    );
  }
}

/** The latest moment at which the table may have been dropped, milliseconds since 1970. */
export function latestOf({ timeMs }: DroppedTable): number {
  return timeMs + 1_000;
}
