import { setTimeout as delay } from 'node:timers/promises';
import type { metadataV12 } from '@platformatic/kafka';
import { AlirError } from '../errors/alir-error.ts';
import type { BrokerAddress, Brokers, TopicMetadata } from './brokers.ts';
import { brokerErrorOf } from './kafka-errors.ts';
import { toOffset } from './offsets.ts';

export interface PartitionRange {
  readonly partition: number;
  /** Log start: the first offset that is still there. */
  readonly start: number;
  /** The first offset that a reader of committed records cannot reach yet (last stable offset). */
  readonly end: number;
  /** The offset that the next record gets: above `end` while a transaction is open (high watermark). */
  readonly high: number;
}

export interface TopicDescription {
  readonly name: string;
  readonly exists: boolean;
  /** Kafka's UUID; empty when the topic does not exist. */
  readonly id: string;
  /** In order of their numbers. */
  readonly partitions: readonly PartitionRange[];
}

const passingErrors = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
]);
const earliest = -2n;
const latest = -1n;
export const readCommitted = 1;
const readUncommitted = 0;

/**
 * Id, partitions and readable offsets of topics, in the order of `names`; one that does not exist is said to.
 *
 * @throws AlirError KAFKA_UNAVAILABLE (also while a partition has no leader), KAFKA_ACCESS_DENIED
 */
export async function describeTopics(
  brokers: Brokers,
  names: readonly string[],
): Promise<TopicDescription[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await describeOnce(brokers, names);
    } catch (error) {
      // A new topic, or one that moves to another broker: its leaders do not all know it yet.
      if (attempt === 30 || !passingErrors.has(brokerErrorOf(error) ?? '')) throw error;
      await delay(100);
    }
  }
}

async function describeOnce(brokers: Brokers, names: readonly string[]): Promise<TopicDescription[]> {
  const found = await brokers.metadata(names);
  const topics = [...found.values()];
  const [starts, ends, highs] = await Promise.all([
    listOffsets(brokers, topics, earliest, readCommitted),
    listOffsets(brokers, topics, latest, readCommitted),
    listOffsets(brokers, topics, latest, readUncommitted),
  ]);
  return names.map((name) => {
    const topic = found.get(name);
    if (!topic) return { name, exists: false, id: '', partitions: [] };
    const partitions = topic.leaders.map((_leader, partition) => {
      const key = `${name}/${partition}`;
      const [start, end, high] = [starts, ends, highs].map((offsets) => offsets.get(key) ?? 0);
      return { partition, start: start!, end: end!, high: high! };
    });
    return { name, exists: true, id: topic.id, partitions };
  });
}

/**
 * Id of every topic of the cluster that we may see, by name; Kafka's own are left out. One request.
 *
 * @throws AlirError KAFKA_UNAVAILABLE, KAFKA_ACCESS_DENIED
 */
export async function listTopics(brokers: Brokers): Promise<Map<string, string>> {
  const { topics } = await brokers.call('Listing the topics', async (connection, protocol) => {
    try {
      return await protocol.metadataV12.api.async(connection, null, false, false);
    } catch (error) {
      // The library throws when any partition has no leader; the list is in the error.
      const { response } = error as { response?: metadataV12.MetadataResponse };
      if (!response) throw error;
      return response;
    }
  });
  const ids = new Map<string, string>();
  for (const { name, topicId, errorCode, isInternal } of topics)
    if (name && errorCode === 0 && !isInternal) ids.set(name, topicId);
  return ids;
}

/**
 * Creates a topic of ours unless it exists.
 *
 * @returns whether it was created now
 * @throws AlirError KAFKA_UNAVAILABLE, KAFKA_ACCESS_DENIED
 */
export async function ensureTopic(brokers: Brokers, name: string, partitions: number): Promise<boolean> {
  if ((await brokers.metadata([name])).has(name)) return false;
  const topic = { name, numPartitions: partitions, replicationFactor: -1, assignments: [], configs: [] };
  try {
    await brokers.call(`Creating the topic ${name}`, (connection, { createTopicsV7 }) =>
      createTopicsV7.api.async(connection, [topic], 10_000, false),
    );
  } catch (error) {
    if (brokerErrorOf(error) !== 'TOPIC_ALREADY_EXISTS') throw error;
    return false;
  }
  // The brokers hear of a new topic one after the other; producing before its leaders are known would fail.
  for (let attempt = 0; attempt < 50; attempt++) {
    const topic = (await brokers.metadata([name])).get(name);
    if (topic && topic.leaders.length === partitions && topic.leaders.every(Boolean)) return true;
    await delay(100);
  }
  return true;
}

/** Offsets by `topic/partition`, asked of each partition's leader. */
export async function listOffsets(
  brokers: Brokers,
  topics: readonly TopicMetadata[],
  timestamp: bigint,
  isolation: number,
): Promise<Map<string, number>> {
  const leaders = new Map<string, { to: BrokerAddress; topics: Map<string, number[]> }>();
  for (const { name, leaders: addresses } of topics) {
    addresses.forEach((to, partition) => {
      if (!to) throw new AlirError('KAFKA_UNAVAILABLE', `${name}/${partition} has no leader at the moment.`);
      const key = `${to.host}:${to.port}`;
      const request = leaders.get(key) ?? { to, topics: new Map<string, number[]>() };
      leaders.set(key, request);
      request.topics.set(name, [...(request.topics.get(name) ?? []), partition]);
    });
  }
  const offsets = new Map<string, number>();
  await Promise.all(
    [...leaders.values()].map(async (leader) => {
      const request = [...leader.topics].map(([name, partitions]) => ({
        name,
        partitions: partitions.map((partitionIndex) => ({
          partitionIndex,
          currentLeaderEpoch: -1,
          timestamp,
        })),
      }));
      const { size } = leader.topics;
      const response = await brokers.call(
        `Asking Kafka for the offsets of ${size > 3 ? `${size} topics` : [...leader.topics.keys()].join(', ')}`,
        (connection, { listOffsetsV7 }) => listOffsetsV7.api.async(connection, -1, isolation, request),
        leader.to,
      );
      for (const { name, partitions } of response.topics) {
        for (const { partitionIndex, offset } of partitions)
          offsets.set(`${name}/${partitionIndex}`, toOffset(offset));
      }
    }),
  );
  return offsets;
}
