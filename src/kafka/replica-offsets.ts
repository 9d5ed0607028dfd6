import type { Brokers } from './brokers.ts';
import { committedOffsets } from './committed-offsets.ts';
import { describeTopics } from './topics.ts';
import { cdc } from '../pipelines/cdc/cdc.ts';

/** Offsets of a topic, in the order of its partitions; of one that does not exist: none. */
export interface TopicOffsets {
  /** What the next records get. */
  ends(topic: string): Promise<number[]>;
  /** Up to where the live flow of the replica has applied them. */
  applied(topic: string): Promise<number[]>;
}

/** Asks Kafka where topics end, and how far their changes are applied. */
export function topicOffsets(brokers: Brokers): TopicOffsets {
  return {
    async ends(topic) {
      const [found] = await describeTopics(brokers, [topic]);
      return (found?.partitions ?? []).map(({ high }) => high);
    },
    async applied(topic) {
      const [found] = await describeTopics(brokers, [topic]);
      const partitions = (found?.partitions ?? []).map(({ partition }) => partition);
      const offsets = await committedOffsets(brokers, cdc.group, new Map([[topic, partitions]]));
      return partitions.map((partition) => offsets.get(`${topic}/${partition}`)?.offset ?? 0);
    },
  };
}
