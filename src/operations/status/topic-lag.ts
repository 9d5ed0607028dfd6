import type { Brokers } from '../../kafka/brokers.ts';
import { readPages } from '../../kafka/range-reader.ts';
import type { TopicDescription } from '../../kafka/topics.ts';
import { sourceTimeOf } from '../../pipelines/source-time.ts';
import type { TopicLag } from './table-status.ts';

/** What is spent on finding out how old records are; what is not known by then is not told. */
const patienceMs = 10_000;

/**
 * What waits in each topic, by its name. The oldest record of each partition that waits is read for its time.
 *
 * @param positionOf where the group goes on in a partition
 */
export async function readTopicLags(
  brokers: Brokers,
  topics: readonly TopicDescription[],
  positionOf: (topic: string, partition: number) => number,
): Promise<Map<string, TopicLag>> {
  const signal = AbortSignal.timeout(patienceMs);
  const lags = new Map<string, TopicLag>();
  // One after the other: a page is a whole record batch, and there may be hundreds of topics.
  for (const { name, id, partitions } of topics) {
    let records = 0;
    let seconds: number | null = 0;
    for (const { partition, end } of partitions) {
      const first = positionOf(name, partition);
      if (first >= end) continue;
      records += end - first;
      const age = await ageOfOldest(
        brokers,
        { topic: name, topicId: id, partition, first, last: end - 1 },
        signal,
      );
      seconds = age === null || seconds === null ? null : Math.max(seconds, age);
    }
    lags.set(name, { records, seconds });
  }
  return lags;
}

/** Seconds since the first change of a range was made in the source; 0: it holds none, only what Kafka keeps for itself. */
async function ageOfOldest(
  brokers: Brokers,
  range: Parameters<typeof readPages>[1],
  signal: AbortSignal,
): Promise<number | null> {
  try {
    for await (const { records } of readPages(brokers, range, { signal, pageBytes: 1 })) {
      const [oldest] = records;
      if (oldest) return Math.max(0, Math.round((Date.now() - sourceTimeOf(oldest)) / 100) / 10);
    }
    return 0;
  } catch {
    return null; // deleted, made again or away: the rest of the status is true all the same
  }
}
