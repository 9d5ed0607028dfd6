import type { Brokers } from '../brokers.ts';
import { describeTopics, listTopics, type TopicDescription } from '../topics.ts';
import type { EpochStore, TopicSelection } from './types.ts';

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
 * Id of every topic of the selection that exists, by name. One request, however many there are.
 *
 * @throws AlirError KAFKA_UNAVAILABLE, KAFKA_ACCESS_DENIED
 */
export async function selectTopics(
  brokers: Brokers,
  { topics, topicPattern }: TopicSelection,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  if (!topicPattern) {
    for (const [name, { id }] of await brokers.metadata(topics)) ids.set(name, id);
    return ids;
  }
  const named = new Set(topics);
  for (const [name, id] of await listTopics(brokers)) {
    // Not test(): a pattern with the flag g would go on where it stopped in the name before.
    if (named.has(name) || name.search(topicPattern) >= 0) ids.set(name, id);
  }
  return ids;
}

/**
 * The topics of a selection that exist, each in its epoch. A topic that is seen for the first time begins epoch 1, one
 * that was made again (another id) the next. Only a topic that is selected by its name can be missing.
 *
 * @throws AlirError KAFKA_*; whatever the store throws
 */
export async function findTopics(
  brokers: Brokers,
  epochs: EpochStore,
  selection: TopicSelection,
): Promise<{ found: SessionTopic[]; missing: string[] }> {
  const names = new Set(selection.topics);
  if (selection.topicPattern)
    for (const name of (await selectTopics(brokers, selection)).keys()) names.add(name);
  const descriptions = await describeTopics(brokers, [...names]);
  const existing = descriptions.filter(({ exists }) => exists);
  const found = await Promise.all(existing.map((description) => inItsEpoch(description, epochs)));
  const known = new Set(existing.map(({ name }) => name));
  return { found, missing: selection.topics.filter((name) => !known.has(name)) };
}

async function inItsEpoch(
  { name, id, partitions }: TopicDescription,
  epochs: EpochStore,
): Promise<SessionTopic> {
  const current = await epochs.current(name);
  if (current?.topicId === id)
    return { name, id, epoch: current.epoch, partitions: current.partitions, recreated: false };
  const epoch = await epochs.begin(name, {
    topicId: id,
    partitions: partitions.length,
    firstOffsets: partitions.map(({ start }) => start),
    replaces: current?.epoch ?? null,
  });
  return { name, id, epoch, partitions: partitions.length, recreated: current !== null };
}
