import { dataOfEntry, type KeyText } from '../pipelines/packed-outcome.ts';
import type { TargetTable, Version } from '../pipelines/pipeline.ts';
import { compareVersions, fingerprint, type Change } from './changes.ts';

/** What became of the changes that were counted. */
export interface WriteCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly stale: number;
}

/** A row as the table holds it. */
export interface HeldRow {
  readonly version: Version;
  /** Of its data columns, see `fingerprint`. */
  readonly fingerprint: string;
}

/** What table and fences hold of the keys of a batch. */
export interface Held {
  readonly rows: ReadonlyMap<KeyText, HeldRow>;
  /** The newest delete of a key. */
  readonly fences: ReadonlyMap<KeyText, Version>;
}

export interface Decision {
  readonly counts: WriteCounts;
  /** Rows to write; stale ones are left out. */
  readonly upserts: readonly Change[];
  /** Fences are written for all of them: they only ever grow. */
  readonly deletes: readonly Change[];
  /** Positions in the batch of the records that are older than what the table has. */
  readonly older: ReadonlySet<number>;
}

/**
 * What becomes of the changes of a batch. The caller holds the table's turn and the rows' locks, so what is held now
 * is held when the statements run; they compare versions once more all the same.
 *
 * @param rewrite a requested re-read: what has the very same position is written again unless it has the same values;
 *   nothing beats a newer one
 */
export function decide(
  table: TargetTable,
  changes: readonly Change[],
  held: Held,
  rewrite: boolean,
): Decision {
  const counts = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, stale: 0 };
  const upserts: Change[] = [];
  const deletes: Change[] = [];
  const older = new Set<number>();
  // A collation may take a key for equal that is spelt in another way: such a row is not as the change would leave it.
  const isExact = table.key.every(({ isCollated }) => !isCollated);
  for (const change of changes) {
    const row = held.rows.get(change.key);
    const fence = held.fences.get(change.key);
    const isStale = isBeaten(change, row?.version, rewrite) || isBeaten(change, fence, rewrite);
    const isSame =
      row !== undefined &&
      !isStale &&
      change.entry !== null &&
      printOf(table, change.entry) === row.fingerprint;
    if (change.entry === null) deletes.push(change);
    else if (!isStale && !(isSame && isExact && compareVersions(change.version, row.version) === 0))
      upserts.push(change);
    if (!change.counted) continue;
    if (isStale) {
      counts.stale += 1;
      if (isBeaten(change, row?.version, true) || isBeaten(change, fence, true)) older.add(change.index);
    } else if (change.entry === null) counts[row ? 'deleted' : 'unchanged'] += 1;
    else if (!row) counts.inserted += 1;
    else counts[isSame ? 'unchanged' : 'updated'] += 1;
  }
  return { counts, upserts, deletes, older };
}

function isBeaten({ version }: Change, held: Version | undefined, rewrite: boolean): boolean {
  if (held === undefined) return false;
  const difference = compareVersions(version, held);
  return rewrite ? difference < 0 : difference <= 0;
}

function printOf(table: TargetTable, entry: string): string {
  return fingerprint(dataOfEntry(table, entry));
}
