import type { Brokers } from './brokers.ts';
import { listOffsets, readCommitted } from './topics.ts';

/**
 * Offset of the first committed record whose timestamp is not before `timestamp`, by `topic/partition`; a partition
 * that has none is left out.
 *
 * @param timestamp milliseconds since 1970; 0 finds the first record that is there
 * @throws AlirError KAFKA_UNAVAILABLE, KAFKA_ACCESS_DENIED
 */
export async function offsetsAtTime(
  brokers: Brokers,
  topics: readonly string[],
  timestamp: number,
): Promise<Map<string, number>> {
  const found = await brokers.metadata(topics);
  const offsets = await listOffsets(brokers, [...found.values()], BigInt(timestamp), readCommitted);
  return new Map([...offsets].filter(([, offset]) => offset >= 0));
}
