import { offsetsAtTime } from '../kafka/offsets-at-time.ts';
import type { PartitionRange } from '../kafka/topics.ts';
import { AlirError } from '../errors/alir-error.ts';
import type { AuditedRange } from './audit.ts';
import { clipped, merged, type Interval } from './intervals.ts';
import type { PlanningContext } from './planning-context.ts';
import { checkTold, findPosition, firstPlaced } from './find-position.ts';
import type { Selector } from './types.ts';

/** A topic as it is planned for. */
export interface KnownTopic {
  readonly name: string;
  readonly id: string;
  readonly epoch: number;
  readonly partitions: readonly PartitionRange[];
}

/** Times as offsets, by `topic/partition`; what is absent is behind the last record. */
export interface TimeOffsets {
  readonly since: ReadonlyMap<string, number> | null;
  readonly until: ReadonlyMap<string, number> | null;
  /** First record that is there, of topics that have lost records. */
  readonly first: ReadonlyMap<string, number>;
}

/** Asks Kafka once for all partitions where the times of a selector are. */
export async function timeOffsets(
  { brokers }: PlanningContext,
  topics: readonly KnownTopic[],
  { since, until }: Selector,
): Promise<TimeOffsets> {
  const namesOf = (of: readonly KnownTopic[]): string[] => of.map(({ name }) => name);
  const at = async (time: number | null, of = topics) =>
    time === null || of.length === 0 ? null : offsetsAtTime(brokers, namesOf(of), time);
  // Where nothing has fallen out of the log, the first record is not asked for: Kafka looks into every log for it.
  const cut = topics.filter(({ partitions }) => partitions.some(({ start }) => start > 0));
  const isAsked = since !== null || until !== null;
  const [first, from, to] = await Promise.all([at(isAsked ? 0 : null, cut), at(since), at(until)]);
  return { since: from, until: to, first: first ?? new Map() };
}

/**
 * The offsets of a partition that a selector asks for. They may begin below the log start: what a bound by time or
 * position would hold there cannot be told any more, so all of it counts as asked for.
 *
 * @throws AlirError USAGE, KAFKA_*
 */
export async function requestedOffsetsOf(
  place: PlanningContext,
  topic: KnownTopic,
  { partition, start, end }: PartitionRange,
  selector: Selector,
  times: TimeOffsets,
  batches: readonly AuditedRange[] | null,
): Promise<Interval[]> {
  const key = `${topic.name}/${partition}`;
  const bounds: Interval[] = [];
  const { fromOffset, toOffset } = selector;
  if (fromOffset !== null || toOffset !== null)
    bounds.push({ first: fromOffset ?? start, last: toOffset ?? end - 1 });
  if (times.since) {
    const found = times.since.get(key) ?? end;
    const mayBeLost = start > 0 && found <= (times.first.get(key) ?? end);
    bounds.push({ first: mayBeLost ? 0 : found, last: end - 1 });
  }
  if (times.until) bounds.push({ first: 0, last: (times.until.get(key) ?? end) - 1 });
  if (selector.fromPosition !== null || selector.toPosition !== null)
    bounds.push(await betweenPositions(place, topic, { partition, start, end }, selector));
  const isBounded = fromOffset !== null || times.since !== null || selector.fromPosition !== null;
  const whole = { first: isBounded || batches ? 0 : start, last: end - 1 };
  const marked = batches?.filter(
    (batch) => batch.topic === topic.name && batch.epoch === topic.epoch && batch.partition === partition,
  );
  return bounds.reduce<Interval[]>(clipped, clipped(merged(marked ?? [whole]), whole));
}

async function betweenPositions(
  { brokers }: PlanningContext,
  topic: KnownTopic,
  { partition, start, end }: Pick<PartitionRange, 'partition' | 'start' | 'end'>,
  { fromPosition, toPosition }: Selector,
): Promise<Interval> {
  if (topic.partitions.length > 1)
    throw new AlirError(
      'USAGE',
      `${topic.name} has ${topic.partitions.length} partitions: its records are not in the order of the binlog.`,
      { remedy: 'Name offsets or times instead of positions.' },
    );
  const range = { topic: topic.name, topicId: topic.id, partition, first: start, last: end - 1 };
  let [first, last] = [0, end - 1];
  await checkTold(brokers, range, fromPosition ?? toPosition ?? '');
  if (fromPosition !== null) {
    const found = await findPosition(brokers, range, fromPosition, false);
    first = found?.offset ?? end;
    const isFirst =
      start > 0 &&
      found !== null &&
      (await firstPlaced(brokers, range, fromPosition))?.offset === found.offset;
    if (isFirst && found.position !== fromPosition) first = 0;
  }
  if (toPosition !== null) {
    const after = await findPosition(brokers, range, toPosition, true);
    if (after !== null) last = after.offset - 1;
  }
  return { first, last };
}
