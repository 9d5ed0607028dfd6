import { isWholeText } from './parse-keys.ts';
import type { BackfillPlan, Selector } from './types.ts';

/** What two backfills both have, in a sentence; null: nothing. */
export function overlaps(a: BackfillPlan, b: BackfillPlan): string | null {
  for (const range of a.ranges) {
    const other = b.ranges.find(
      ({ topic, epoch, partition, first, last }) =>
        topic === range.topic &&
        epoch === range.epoch &&
        partition === range.partition &&
        first <= range.last &&
        range.first <= last,
    );
    if (other !== undefined) {
      const [first, last] = [Math.max(range.first, other.first), Math.min(range.last, other.last)];
      return `both hold the offsets ${first}-${last} of ${range.topic}/${range.partition}.`;
    }
  }
  const table = a.sources.find((source) => b.sources.includes(source));
  if (table === undefined) return null;
  // Nothing in the messages of Maxwell 1.22 tells two bootstraps of a table apart.
  if (a.via === 'maxwell' && b.via === 'maxwell') return `Maxwell reads ${table} for one backfill at a time.`;
  return areApart(a.selector.keys, b.selector.keys) ? null : `both read ${table} from the source.`;
}

/** Only single keys of whole numbers are sure to have the order that their texts tell. */
function areApart(a: Selector['keys'], b: Selector['keys']): boolean {
  return a !== null && b !== null && (endsBefore(a.high, b.low) || endsBefore(b.high, a.low));
}

function endsBefore(high: readonly string[] | null, low: readonly string[] | null): boolean {
  if (high?.length !== 1 || low?.length !== 1) return false;
  const [end, start] = [high[0], low[0]];
  return isWholeText(end) && isWholeText(start) && BigInt(end) < BigInt(start);
}
