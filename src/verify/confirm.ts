import type { KeyText } from '../pipelines/packed-outcome.ts';
import { settle, type Flight } from './settle.ts';
import { digestsOf, valuesOf, type ComparedTable } from './compared-table.ts';
import type { Findings } from '../metadata/verifications.ts';

/** Rounds for rows that are changed again and again while they are looked at. */
const mostRounds = 5;

/**
 * Looks once more at keys that seemed to differ, after what was in flight has landed. A row is different when the
 * source had the same values before and after the replica was read, and the replica others.
 *
 * @param settleMs how long to wait for what is in flight, at most
 */
export async function confirm(
  source: ComparedTable,
  replica: ComparedTable,
  flight: Flight,
  suspects: readonly KeyText[],
  settleMs: number,
): Promise<Findings> {
  let pending = suspects;
  let before = await digestsOf(source, pending);
  const missing: KeyText[] = [];
  const surplus: KeyText[] = [];
  const different: KeyText[] = [];
  let isSettled = true;
  for (let round = 1; pending.length > 0; round += 1) {
    isSettled &&= await settle(flight, settleMs);
    const copy = await digestsOf(replica, pending);
    const after = await digestsOf(source, pending);
    const isLast = round === mostRounds || !isSettled;
    const hot: KeyText[] = [];
    for (const key of pending) {
      const [was, is, copied] = [before.get(key), after.get(key), copy.get(key)];
      if (copied === was || copied === is) continue;
      if (was !== is && !isLast) hot.push(key);
      else if (is === undefined) surplus.push(key);
      else (copied === undefined ? missing : different).push(key);
    }
    pending = hot;
    before = after;
  }
  return {
    missing: missing.length,
    surplus: surplus.length,
    different: different.length,
    columns: await countColumns(source, replica, different),
    keys: [...missing, ...surplus, ...different],
    isSettled,
  };
}

async function countColumns(
  source: ComparedTable,
  replica: ComparedTable,
  keys: readonly KeyText[],
): Promise<Record<string, number>> {
  const counts = new Map<string, number>();
  const [ours, theirs] = await Promise.all([
    valuesOf(source, keys, 'digests'),
    valuesOf(replica, keys, 'digests'),
  ]);
  for (const key of keys) {
    const copy = theirs.get(key);
    ours.get(key)?.forEach((digest, index) => {
      if (copy === undefined || digest === copy[index]) return;
      const { name } = source.schema.columns[index]!;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    });
  }
  return Object.fromEntries(counts);
}

/** Both together, with so many of the keys at most. */
export function addFindings(one: Findings, other: Findings, mostKeys: number): Findings {
  const columns = { ...one.columns };
  for (const [name, count] of Object.entries(other.columns)) columns[name] = (columns[name] ?? 0) + count;
  return {
    missing: one.missing + other.missing,
    surplus: one.surplus + other.surplus,
    different: one.different + other.different,
    columns,
    keys: [...one.keys, ...other.keys].slice(0, mostKeys),
    isSettled: one.isSettled && other.isSettled,
  };
}
