import { decodeJsonObject } from '../cdc/json/decode-json.ts';
import { readDdl } from '../cdc/schema/ddl-event.ts';
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

/** The tables that were dropped in the source, as Maxwell saw it. Rows that go with their table are in no event. */
export class DroppedTables {
  readonly #brokers: Brokers;
  #topicId = '';
  readonly #positions = new Map<number, number>();

  constructor(brokers: Brokers) {
    this.#brokers = brokers;
  }

  /**
   * What was dropped since the last call; at the first, all that the topic tells.
   *
   * @throws AlirError KAFKA_*: the next call brings the same again
   */
  async next(): Promise<DroppedTable[]> {
    const [topic] = await describeTopics(this.#brokers, [ddlTopic]);
    if (topic && topic.id !== this.#topicId) this.#positions.clear();
    this.#topicId = topic?.id ?? '';
    const found: DroppedTable[] = [];
    for (const { partition, start, end } of topic?.partitions ?? []) {
      const first = Math.max(start, this.#positions.get(partition) ?? 0);
      if (first >= end) continue;
      const range = { topic: ddlTopic, topicId: this.#topicId, partition, first, last: end - 1 };
      for await (const { records } of readPages(this.#brokers, range)) {
        for (const { value } of records) {
          const decoded = value && decodeJsonObject(value);
          const event = decoded?.ok ? readDdl(decoded.value) : null;
          if (event?.type !== 'table-drop' || event.table === null) continue;
          found.push({ database: event.database, table: event.table, timeMs: event.timeMs });
        }
      }
      this.#positions.set(partition, end);
    }
    return found;
  }
}

/** The latest moment at which the table may have been dropped, milliseconds since 1970. */
export function latestOf({ timeMs }: DroppedTable): number {
  return timeMs + 1_000;
}
