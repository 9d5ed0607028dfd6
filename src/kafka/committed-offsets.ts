import { setTimeout as delay } from 'node:timers/promises';
import { AlirError } from '../errors/alir-error.ts';
import type { Brokers } from './brokers.ts';
import { toOffset } from './offsets.ts';

/** Where a group stands in one partition. */
export interface CommittedOffset {
  readonly offset: number;
  /** What was stored with it; Alir stores the topic's id, other tools nothing. */
  readonly metadata: string;
}

/** Partitions by topic. */
export type PartitionsByTopic = ReadonlyMap<string, readonly number[]>;

/**
 * The committed offsets of a group, by `topic/partition`; partitions without one are absent. Joins nothing, changes nothing.
 *
 * @throws AlirError KAFKA_UNAVAILABLE, KAFKA_ACCESS_DENIED
 */
export async function committedOffsets(
  brokers: Brokers,
  group: string,
  partitions: PartitionsByTopic,
): Promise<Map<string, CommittedOffset>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask(brokers, group, partitions);
    } catch (error) {
      if (attempt === attempts || !(error instanceof AlirError) || !error.entry.retryable) throw error;
      await delay(250);
    }
  }
}

/** A group's coordinator is not known for some seconds after the very first group of a cluster, or its move. */
const attempts = 20;

async function ask(
  brokers: Brokers,
  group: string,
  partitions: PartitionsByTopic,
): Promise<Map<string, CommittedOffset>> {
  const doing = `Asking Kafka for the offsets of the group ${group}`;
  const found = await brokers.call(doing, (connection, { findCoordinatorV4 }) =>
    findCoordinatorV4.api.async(connection, 0, [group]),
  );
  const coordinator = found.coordinators[0];
  if (!coordinator?.host)
    throw new AlirError('KAFKA_UNAVAILABLE', `${doing}: it has no coordinator at the moment.`);
  const topics = [...partitions].map(([name, indexes]) => ({ name, partitionIndexes: [...indexes] }));
  const answer = await brokers.call(
    doing,
    (connection, { offsetFetchV8 }) =>
      offsetFetchV8.api.async(connection, [{ groupId: group, memberEpoch: -1, topics }], true),
    coordinator,
  );
  const offsets = new Map<string, CommittedOffset>();
  for (const { name, partitions: each } of answer.groups[0]?.topics ?? []) {
    for (const { partitionIndex, committedOffset, metadata } of each) {
      if (committedOffset < 0n) continue;
      offsets.set(`${name}/${partitionIndex}`, {
        offset: toOffset(committedOffset),
        metadata: metadata ?? '',
      });
    }
  }
  return offsets;
}
