import { field, request, RequestError } from '../errors/request-error.ts';
import type { AuditedRange } from './audit.ts';
import { checkPositions } from './check-positions.ts';
import { clipped } from './intervals.ts';
import type { PlanningContext } from './planning-context.ts';
import type { PlannedRange, Selector } from './types.ts';
import { timeOffsets, requestedOffsetsOf, type KnownTopic } from './requested-offsets.ts';

/** What of a selector is in the log. */
export interface PlannedRanges {
  readonly ranges: readonly PlannedRange[];
  /** What was asked for and is below the log start, without a full stop. */
  readonly lost: readonly string[];
  /** What lies outside of what was asked for, in whole sentences. */
  readonly unread: readonly string[];
}

/**
 * Cuts what a selector asks for to what the logs hold at this moment.
 *
 * @throws RequestError for offsets behind the end; KAFKA_*
 */
export async function planRanges(
  place: PlanningContext,
  topics: readonly KnownTopic[],
  selector: Selector,
  batches: readonly AuditedRange[] | null,
): Promise<PlannedRanges> {
  checkEnds(topics, selector);
  await checkPositions(place, selector);
  const times = await timeOffsets(place, topics, selector);
  const ranges: PlannedRange[] = [];
  const lost: string[] = [];
  const unread: string[] = [];
  for (const topic of topics) {
    for (const log of topic.partitions) {
      const { partition, start, end } = log;
      if (selector.partition !== null && partition !== selector.partition) continue;
      const wanted = await requestedOffsetsOf(place, topic, log, selector, times, batches);
      const name = `${topic.name}/${partition}`;
      const below = clipped(wanted, { first: 0, last: start - 1 });
      const [from, to] = [below[0]?.first, below.at(-1)?.last];
      const gone = (first: number, last: number) =>
        `${name}: offsets ${first}-${last} are no longer in Kafka, which begins at ${start.toLocaleString('en-US')}`;
      if (from !== undefined && to !== undefined) lost.push(gone(from, to));
      else if (start > 0 && wanted[0]?.first === start) unread.push(`${gone(0, start - 1)}.`);
      for (const interval of clipped(wanted, { first: start, last: end - 1 }))
        ranges.push({ topic: topic.name, topicId: topic.id, epoch: topic.epoch, partition, ...interval });
    }
  }
  return { ranges, lost, unread };
}

/** Offsets hold for each partition: one that ends earlier is no mistake as long as another one reaches so far. */
function checkEnds(topics: readonly KnownTopic[], { partition: only, fromOffset, toOffset }: Selector): void {
  const logs = topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ partition }) => only === null || partition === only)
      .map(({ partition, end }) => ({ name: `${name}/${partition}`, end })),
  );
  const longest = logs.reduce((a, b) => (b.end > a.end ? b : a), { name: '', end: 0 });
  for (const [name, offset] of [
    ['fromOffset', fromOffset],
    ['toOffset', toOffset],
  ] as const) {
    if (offset === null || offset < longest.end || longest.name === '') continue;
    throw new RequestError(
      request`${field(name)} ${offset} is beyond the end: the last offset of ${longest.name} is ${longest.end - 1}.`,
      {
        remedy: 'Name an offset that Kafka still has; alir backfill plan without offsets shows them.',
      },
    );
  }
}
