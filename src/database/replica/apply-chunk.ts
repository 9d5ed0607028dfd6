import { hash } from 'node:crypto';
import { entryOf, keyText } from '../../pipelines/packed-outcome.ts';
import type { Key, TargetTable, Version } from '../../pipelines/pipeline.ts';
import type { Change } from '../changes.ts';
import type { Database, Transaction } from '../connection.ts';
import { quoteName } from '../../cdc/schema/quote.ts';
import { targetName } from '../statements.ts';
import { inTransaction } from '../transaction.ts';
import { takeTurn } from '../turn.ts';
import { writeChanges } from '../write-changes.ts';
import { keyCompares } from './key-range.ts';
import type { SourceChunk, SourceRow } from './read-chunk.ts';

export interface ChunkToApply {
  readonly pipeline: string;
  readonly table: TargetTable;
  readonly chunk: SourceChunk;
  /** The chunk lies behind this key; null: at the beginning. */
  readonly low: Key | null;
  /** Its position: (epoch, end − 1, number of the chunk). */
  readonly version: Version;
  readonly syncAt: Date;
  readonly source: { readonly database: string; readonly table: string; readonly load: number };
}

/**
 * Applies a chunk that was read from the source: its rows, the absence of all others between its keys, and a fence
 * over them, so that an older change of any key in there is stale whether or not there is a row.
 *
 * @returns false when another load of the table has been asked for meanwhile; nothing is changed then
 * @throws RowError when the replica refuses a row; AlirError MYSQL_*
 */
export async function applyChunk(database: Database, task: ChunkToApply): Promise<boolean> {
  const { table, chunk, low, version, source } = task;
  const changes = chunk.rows.map(({ key, row }, index): Change => {
    const entry = entryOf(table, key, version, readRow(row, task.syncAt));
    return { index, key: keyText(key), version, entry, counted: true };
  });
  return inTransaction(database, async (transaction) => {
    await takeTurn(transaction, table, task.pipeline);
    if (!(await advance(transaction, task))) return false;
    await writeChanges(transaction, table, changes, { rewrite: false, hasFences: true });
    await removeOthers(transaction, table, low, chunk.high, version);
    await fenceRange(transaction, table, low, chunk.high, version, source.load);
    if (chunk.high === null) await dropOldRanges(transaction, table, source.load);
    return true;
  });
}

/** A row of the source with what the replica has beside it. */
export function readRow(row: SourceRow['row'], syncAt: Date): SourceRow['row'] {
  const stamp = syncAt.toISOString().replace('T', ' ').slice(0, 23);
  return { ...row, _op: 'read', _source_ts: stamp, _synced_at: stamp };
}

/** Moves the load's cursor; false: this load is not the one that is wanted any more. */
async function advance(transaction: Transaction, { chunk, source }: ChunkToApply): Promise<boolean> {
  const changed = await transaction.$executeRawUnsafe(
    'UPDATE etl_replica_tables SET load_cursor = ?, loaded_rows = loaded_rows + ?, updated_at = UTC_TIMESTAMP(6) ' +
      'WHERE source_database = ? AND source_table = ? AND loads = ?',
    chunk.high === null ? null : keyText(chunk.high),
    chunk.rows.length,
    source.database,
    source.table,
    source.load,
  );
  return changed === 1;
}

async function removeOthers(
  transaction: Transaction,
  table: TargetTable,
  low: Key | null,
  high: Key | null,
  version: Version,
): Promise<void> {
  const conditions = [
    ...(low === null ? [] : [keyCompares(table, '>', low)]),
    ...(high === null ? [] : [keyCompares(table, '<=', high)]),
  ];
  const versions = table.versionColumns.map((column) => `x.${quoteName(column)}`).join(', ');
  const marks = version.map(() => '?').join(', ');
  await transaction.$executeRawUnsafe(
    `DELETE x FROM ${quoteName(table.database ?? '')}.${quoteName(table.name)} x WHERE ` +
      [...conditions.map(({ sql }) => sql), `(${versions}) < (${marks})`].join(' AND '),
    ...conditions.flatMap(({ values }) => values),
    ...version,
  );
}

/** The load's number stands where a replica's version has no fourth part. */
async function fenceRange(
  transaction: Transaction,
  table: TargetTable,
  low: Key | null,
  high: Key | null,
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
