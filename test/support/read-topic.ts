import type { Brokers } from '../../src/kafka/brokers.ts';
import { readPages } from '../../src/kafka/range-reader.ts';
import { describeTopics } from '../../src/kafka/topics.ts';
import type { SourceRecord } from '../../src/pipelines/record.ts';

/** Everything that a topic holds, partition after partition. */
export async function readTopic(brokers: Brokers, topic: string): Promise<SourceRecord[]> {
  const [described] = await describeTopics(brokers, [topic]);
  const records: SourceRecord[] = [];
  for (const { partition, start, end } of described?.partitions ?? []) {
    if (start === end) continue;
    const range = { topic, topicId: described?.id ?? '', partition, first: start, last: end - 1 };
    for await (const page of readPages(brokers, range)) records.push(...page.records);
  }
  return records;
}

/** The headers as people read them. */
export function headersOf({ headers }: SourceRecord): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name, String(value)]));
}

/** `topic/partition/offset` of the record that a message was made from, as its headers tell. */
export function sourceOf(record: SourceRecord): string {
  const headers = headersOf(record);
  return ['topic', 'partition', 'offset'].map((part) => headers[`alir-source-${part}`]).join('/');
}
