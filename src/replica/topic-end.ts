import type { Database } from '../mysql/connection.ts';
import { createEpochStore } from '../metadata/epochs.ts';
import type { Brokers } from '../kafka/brokers.ts';
import { describeTopics } from '../kafka/topics.ts';

/** Where a topic ends. What is read from the source after asking is newer than all that lies before. */
export interface TopicEnd {
  readonly end: number;
  readonly epoch: number;
}

/** Tells where topics end; one that does not exist yet: 0 and 1. */
export function topicPositions(brokers: Brokers, database: Database): (topic: string) => Promise<TopicEnd> {
  const epochs = createEpochStore(database);
  return async (topic) => {
    const [found] = await describeTopics(brokers, [topic]);
    const current = await epochs.current(topic);
    // A topic that was made again and is not yet known as such begins the next epoch: its records are newer.
    const isNew = found?.exists === true && current !== null && current.topicId !== found.id;
    return {
      // Of several partitions the least: what comes later must be newer than the reading in each of them.
      end: Math.min(...(found?.exists ? found.partitions.map(({ high }) => high) : [0])),
      epoch: (current?.epoch ?? 1) + (isNew ? 1 : 0),
    };
  };
}
