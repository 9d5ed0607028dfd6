import { bootstrapMarker } from '../../cdc/bootstrap/bootstrap-markers.ts';
import type { BootstrapMarkers } from './bootstrap-topic.ts';
import type { TableName } from '../../cdc/schema/table-name.ts';
import type { Brokers } from '../../kafka/brokers.ts';
import { readPages } from '../../kafka/range-reader.ts';
import { describeTopics } from '../../kafka/topics.ts';
import { topicOf } from '../../pipelines/cdc/cdc.ts';

/** Counts the marks of a table's bootstraps in its topic. Each call looks at what has come since the last one. */
export function countMarkers(
  brokers: Brokers,
  table: TableName,
  from: readonly number[],
): () => Promise<BootstrapMarkers> {
  const topic = topicOf(table.database, table.table);
  const next = [...from];
  const counted = { start: 0, complete: 0 };
  return async () => {
    const [found] = await describeTopics(brokers, [topic]);
    for (const { partition, start, end } of found?.partitions ?? []) {
      const first = Math.max(next[partition] ?? 0, start);
      const range = { topic, topicId: found?.id ?? '', partition, first, last: end - 1 };
      for await (const page of readPages(brokers, range)) {
        for (const { value } of page.records) {
          const mark = bootstrapMarker(value, table);
          if (mark !== null) counted[mark] += 1;
        }
        next[partition] = page.next;
      }
    }
    return { ...counted, end: next.reduce((sum, offset) => sum + offset, 0) };
  };
}
