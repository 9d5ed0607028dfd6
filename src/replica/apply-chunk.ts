import { hash } from 'node:crypto';
import { entryOf, keyText } from '../pipelines/packed-outcome.ts';
import type { Key, TargetTable, Version } from '../pipelines/pipeline.ts';
import type { Change } from '../apply/changes.ts';
import type { WriteCounts } from '../apply/decide.ts';
import type { Database, Transaction } from '../mysql/connection.ts';
import { quoteName } from '../cdc/schema/quote.ts';
import { byPrimaryKey } from '../mysql/key-index.ts';
import { orNull } from '../mysql/transaction.ts';
import { targetName, lockTarget } from '../metadata/targets.ts';
import { anyFences, writeChanges } from '../apply/write-changes.ts';
import { keysWithin, type KeyBounds } from './key-range.ts';
import type { SourceChunk, SourceRow } from './read-chunk.ts';
import { readReplicaLabels } from './replica-labels.ts';

export interface ChunkToApply {
  readonly pipeline: string;
  readonly table: TargetTable;
  readonly chunk: SourceChunk;
  /** The chunk lies behind this key; null: at the beginning. */
  readonly low: Key | null;
  /** Its position: (epoch, end − 1, number of the chunk). */
  readonly version: Version;
  readonly syncAt: Date;
  /** Number of the table's last load, of which this is a chunk or which it comes after. */
  readonly load: number;
  /** All of the table has been read with this chunk. */
  readonly completesLoad: boolean;
  /** Moves the cursor of whoever reads, in the same transaction; false: it is not wanted any more. */
  readonly advance: (transaction: Transaction, applied: AppliedChunk) => Promise<boolean>;
}

/** What a chunk came to. */
export interface AppliedChunk extends WriteCounts {
  readonly rows: number;
  /** Rows of `deleted` that were deleted since the source does not have them. */
  readonly removed: number;
}

/**
 * Applies a chunk that was read from the source: its rows, the absence of all others between its keys, and a fence
 * over them, so that an older change of any key in there is stale whether or not there is a row.
 *
 * @returns null when nobody wants it any more; nothing is changed then
 * @throws RowError when the replica refuses a row; AlirError MYSQL_*, and what `advance` throws: nothing is changed then
 */
export async function applyChunk(database: Database, task: ChunkToApply): Promise<AppliedChunk | null> {
  const { table, chunk, low, version, load } = task;
  const changes = chunk.rows.map(({ key, row }, index): Change => {
    const entry = entryOf(table, key, version, readRow(row, task.syncAt));
    return { index, key: keyText(key), version, entry, counted: true };
  });
  return orNull(database, async (transaction) => {
    await lockTarget(transaction, table, task.pipeline);
    const { counts } = await writeChanges(transaction, table, changes, { rewrite: false, fences: anyFences });
    const bounds = { low, high: chunk.high };
    const removed = await removeOthers(transaction, table, bounds, version);
    const applied = { ...counts, rows: chunk.rows.length, deleted: counts.deleted + removed, removed };
    if (!(await task.advance(transaction, applied))) return null;
    await fenceRange(transaction, table, bounds, version, load);
    if (task.completesLoad) await dropOldRanges(transaction, table, load);
    return applied;
  });
}

/** A row of the source with what the replica has beside it. */
export function readRow(row: SourceRow['row'], syncAt: Date): SourceRow['row'] {
  const stamp = syncAt.toISOString().replace('T', ' ').slice(0, 23);
  return { ...row, _op: 'read', _source_ts: stamp, _synced_at: stamp };
}

async function removeOthers(
  transaction: Transaction,
  table: TargetTable,
  bounds: KeyBounds,
  version: Version,
): Promise<number> {
  const within = keysWithin(await readReplicaLabels(transaction, table), bounds);
  const versions = table.versionColumns.map((column) => `x.${quoteName(column)}`).join(', ');
  const marks = version.map(() => '?').join(', ');
  return transaction.$executeRawUnsafe(
    `DELETE x FROM ${quoteName(table.database ?? '')}.${quoteName(table.name)} x ${byPrimaryKey} WHERE ` +
      `${within.sql} AND (${versions}) < (${marks})`,
    ...within.values,
    ...version,
  );
}

/** The load's number stands where a replica's version has no fourth part. */
async function fenceRange(
  transaction: Transaction,
  table: TargetTable,
  { low, high }: KeyBounds,
  version: Version,
  load: number,
): Promise<void> {
  const [from, to] = [low && keyText(low), high && keyText(high)];
  const [v1 = 0, v2 = 0, v3 = 0] = version;
  await transaction.$executeRawUnsafe(
    'INSERT INTO etl_fences (target_table, kind, key_hash, key_text, range_low, range_high, v1, v2, v3, v4, created_at) ' +
      "VALUES (?, 'range', UNHEX(?), ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6)) " +
      'ON DUPLICATE KEY UPDATE v1 = VALUES(v1), v2 = VALUES(v2), v3 = VALUES(v3), v4 = VALUES(v4), created_at = VALUES(created_at)',
    targetName(table),
    hash('md5', `${from} ${to}`),
    `${from ?? ''} … ${to ?? ''}`.slice(0, 255),
    from === null ? null : Buffer.from(from),
    to === null ? null : Buffer.from(to),
    v1,
    v2,
    v3,
    load,
  );
}

/** A whole load covers every key: the ranges of earlier ones are below it everywhere. */
async function dropOldRanges(transaction: Transaction, table: TargetTable, load: number): Promise<void> {
  await transaction.$executeRawUnsafe(
    "DELETE FROM etl_fences WHERE target_table = ? AND kind = 'range' AND v4 < ?",
    targetName(table),
    load,
  );
}
