import { decodeJsonObject } from '../cdc/json/decode-json.ts';
import { readDdl, type DdlEvent } from '../cdc/ddl/ddl-event.ts';
import type { Brokers } from './brokers.ts';
import { readPages } from './range-reader.ts';
import { describeTopics } from './topics.ts';

/** Where Maxwell writes what becomes of tables. */
const ddlTopic = 'producer.ddl';

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
