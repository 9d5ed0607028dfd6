import type { Brokers } from '../brokers.ts';
import { describeTopics } from '../topics.ts';
import type { EpochStore } from './types.ts';

/** A topic as a session found it at its start. */
export interface SessionTopic {
  readonly name: string;
  readonly id: string;
  readonly epoch: number;
  /** Partitions that the epoch began with; a partition above was added since. */
  readonly partitions: number;
  /** Whether the epoch began now because the topic had been made again. */
  readonly recreated: boolean;
}

/**
 * The topics of these names that exist, each in its epoch. A topic that is seen for the first time begins epoch 1, one
 * that was made again (another id) the next.
 *
 * @throws AlirError KAFKA_*; whatever the store throws
 */
export async function findTopics(
  brokers: Brokers,
  epochs: EpochStore,
  names: readonly string[],
): Promise<{ found: SessionTopic[]; missing: string[] }> {
  const found: SessionTopic[] = [];
  const missing: string[] = [];
  for (const { name, exists, id, partitions } of await describeTopics(brokers, names)) {
    if (!exists) {
      missing.push(name);
      continue;
    }
    const current = await epochs.current(name);
    if (current?.topicId === id) {
      found.push({ name, id, epoch: current.epoch, partitions: current.partitions, recreated: false });
      continue;
    }
    const epoch = await epochs.begin(name, {
      topicId: id,
      partitions: partitions.length,
      firstOffsets: partitions.map(({ start }) => start),
      replaces: current?.epoch ?? null,
    });
    found.push({ name, id, epoch, partitions: partitions.length, recreated: current !== null });
  }
  return { found, missing };
}
