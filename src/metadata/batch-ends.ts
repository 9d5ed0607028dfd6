import { findBatchEnd, findBoundary, newestAuditedOffset, type PartitionOfPipeline } from './batches.ts';
import type { Database } from '../mysql/connection.ts';

/**
 * Tells where an earlier batch with the same first offset ended, or, where none is known, how far a range may go that
 * must not cut across those that are; null: as far as it likes.
 *
 * Asking for every batch would cost a query each. A partition that simply moves on is beyond everything audited, so the
 * audit trail is asked only where a range does not continue the one before it (a start, a rebalance, offsets reset),
 * and then until the partition has passed what had been audited by that time.
 */
export function createBatchEnds(
  database: Database,
): (
  range: PartitionOfPipeline & { readonly first: number; readonly last: number },
) => Promise<number | null> {
  const partitions = new Map<string, { next: number; audited: number }>();
  return async (range) => {
    const place = {
      pipeline: range.pipeline,
      topic: range.topic,
      epoch: range.epoch,
      partition: range.partition,
    };
    const key = Object.values(place).join('/');
    let known = partitions.get(key);
    if (known?.next !== range.first) {
      known = { next: range.first, audited: (await newestAuditedOffset(database, place)) ?? -1 };
    }
    let end: number | null = null;
    if (range.first <= known.audited) {
      end = await findBatchEnd(database, place, range.first);
      const boundary = end === null ? await findBoundary(database, place, range.first) : null;
      if (boundary !== null && boundary < range.last) end = boundary;
    }
    partitions.set(key, { next: (end ?? range.last) + 1, audited: known.audited });
    return end;
  };
}
