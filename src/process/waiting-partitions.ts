import type { GroupConsumer } from '../kafka/group/consumer.ts';
import type { WaitingPartition } from '../observability/waiting-gauges.ts';
import { findTable } from '../pipelines/cdc/cdc.ts';

/** What waits in the partitions that a consumer has been given, as the metrics show it. */
export function waitingOf(group: string, consumer: GroupConsumer, isReplica: boolean): WaitingPartition[] {
  return consumer
    .state()
    .map(({ topic, partition, position, highWatermark, oldestTimestamp, waitingSince }) => ({
      group,
      topic,
      partition,
      // Before the first fetch the end is not known, but what is queued or in flight waits.
      records: Math.max(0, (highWatermark ?? position) - position),
      oldestMs: oldestTimestamp,
      runsSinceMs: waitingSince,
      table: isReplica ? findTable(topic) : null,
    }));
}
