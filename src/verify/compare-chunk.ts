import type { Key } from '../pipelines/pipeline.ts';
import type { KeyText } from '../pipelines/packed-outcome.ts';
import { digestsWithin, nthKey, sumUp, type ComparedTable } from './compared-table.ts';

export interface ComparedChunk {
  /** Rows that the source has there. */
  readonly rows: number;
  /** Keys whose rows are not the same on both sides; some may be in flight. */
  readonly suspects: readonly KeyText[];
  /** Where the next chunk begins; null: the table ends here. */
  readonly high: Key | null;
}

const usualRows = 5_000;

/**
 * Compares the next rows behind a key. The servers compute what is compared; keys travel only where the two differ.
 * The source's keys part the chunks, and the replica's where it has far more rows.
 *
 * @param chunkRows rows of a chunk on the source; the replica's may be twice as many
 */
export async function compareChunk(
  source: ComparedTable,
  replica: ComparedTable,
  low: Key | null,
  chunkRows = usualRows,
): Promise<ComparedChunk> {
  let range = { low, high: await nthKey(source, { low, high: null }, chunkRows) };
  let [original, copy] = await Promise.all([sumUp(source, range), sumUp(replica, range)]);
  if (copy.rows > 2 * chunkRows) {
    range = { low, high: (await nthKey(replica, range, chunkRows)) ?? range.high };
    [original, copy] = await Promise.all([sumUp(source, range), sumUp(replica, range)]);
  }
  const { rows } = original;
  if (rows === copy.rows && original.checksum === copy.checksum)
    return { rows, suspects: [], high: range.high };
  const [ours, theirs] = await Promise.all([digestsWithin(source, range), digestsWithin(replica, range)]);
  return { rows, suspects: differingKeys(ours, theirs), high: range.high };
}

function differingKeys(
  one: ReadonlyMap<KeyText, string>,
  other: ReadonlyMap<KeyText, string>,
): readonly KeyText[] {
  const keys = [...one].filter(([key, digest]) => other.get(key) !== digest).map(([key]) => key);
  for (const key of other.keys()) if (!one.has(key)) keys.push(key);
  return keys;
}
