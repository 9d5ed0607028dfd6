import type { Change } from './changes.ts';
import type { Rejection } from '../pipelines/pipeline.ts';
import type { RowError } from '../mysql/mysql-error.ts';

/**
 * Finds the changes that the database refuses by trying halves: a half that works is done with, a half that fails is
 * halved again, down to single changes. A batch of n rows with b bad ones takes about 2·b·log2(n/b) probes.
 *
 * @param probe tries changes without keeping them; null: they work
 * @returns the refused records by their position in the batch
 */
export async function findRefused(
  changes: readonly Change[],
  probe: (subset: readonly Change[]) => Promise<RowError | null>,
): Promise<Map<number, Rejection>> {
  const found = new Map<number, Rejection>();
  /** @returns whether the subset holds a refused change; `known`: it has been seen to fail. */
  const search = async (subset: readonly Change[], known: boolean): Promise<boolean> => {
    const [only] = subset;
    if (only === undefined) return false;
    if (subset.length === 1 || !known) {
      const error = await probe(subset);
      if (error === null) return false;
      if (subset.length === 1) {
        found.set(only.index, rejectionOf(error));
        return true;
      }
    }
    const middle = subset.length >> 1;
    const left = await search(subset.slice(0, middle), false);
    // The whole failed and the left half works: the fault is in the right one, no need to ask.
    return (await search(subset.slice(middle), !left)) || left;
  };
  await search(changes, true);
  return found;
}

function rejectionOf({ code, reason, fault }: RowError): Rejection {
  return { code, reason, ...(fault && { reasons: [{ path: fault.column, rule: fault.rule }] }) };
}
