import type { Connection } from 'mariadb';
import { cdc } from '../pipelines/cdc/cdc.ts';
import { noCounts, subtractCounts, type BatchCounts } from '../pipelines/counts.ts';
import { keyText } from '../pipelines/packed-outcome.ts';
import type { Key } from '../pipelines/pipeline.ts';
import { findBackfill, type PlannedKeys } from '../metadata/backfills.ts';
import { withConnection } from '../mysql/server-connection.ts';
import { inTransaction } from '../mysql/transaction.ts';
import { lockTarget } from '../metadata/targets.ts';
import { applyChunk } from './apply-chunk.ts';
import { advance, countedBy, cursorOf, type BackfillOfTable } from '../metadata/backfill-cursor.ts';
import { chunkBytes, mostRows } from './load-rows.ts';
import { readChunk } from './read-chunk.ts';
import { requestRefetches } from '../metadata/refetches.ts';
import { rowsWithin } from './rows-of-chunk.ts';
import { serveRefetches } from './serve-refetches.ts';
import {
  lookAtTable,
  nextPosition,
  readExactly,
  refusalOf,
  type SourceReader,
  type SourceTable,
} from './source-table.ts';
import { keepToRate } from './keep-to-rate.ts';

export interface BackfillSlice extends BackfillOfTable {
  readonly maxRowsPerSecond: number | null;
  /** What whoever asks knows of all tables of the backfill. */
  readonly counted: BatchCounts;
}

export interface SliceResult {
  /** What has been counted beyond `counted`, by this attempt and by those before it that have died. */
  readonly counts: BatchCounts;
  /** All that was to be read of the table has been. */
  readonly isDone: boolean;
}

/** Long enough to be worth an activity, short enough to be paused. */
const sliceMs = 3_000;

/**
 * Reads the next rows of a backfill's table from the source and applies them, for some seconds. How far it has come, and
 * what it has counted, is in etl_backfill_sources, written in the transaction that applies the rows.
 *
 * @throws AlirError BACKFILL_DELETES, TABLE_PAUSED, MYSQL_*, KAFKA_*
 */
export async function backfillSlice(
  reader: SourceReader,
  slice: BackfillSlice,
  signal: AbortSignal,
): Promise<SliceResult> {
  const isDone = await readSlice(reader, slice, signal);
  const counted = await countedBy(reader.database, slice.backfillId);
  return { counts: subtractCounts(counted, slice.counted), isDone };
}

/** @returns whether all that was to be read of the table has been */
async function readSlice(reader: SourceReader, slice: BackfillSlice, signal: AbortSignal): Promise<boolean> {
  const backfill = await findBackfill<PlannedKeys>(reader.database, slice.backfillId);
  const { low, high } = backfill?.plan.selector.keys ?? { low: null, high: null };
  let { key: cursor, isRead } = await cursorOf(reader.database, slice);
  if (!isRead && cursor === null && low !== null) {
    cursor = low;
    isRead = isSame(low, high);
    await readFirst(reader, slice, { key: low, isRead }, signal);
  }
  if (isRead) return true;
  const began = Date.now();
  let rows = 0;
  return withConnection({ ...reader.source, database: slice.database }, async (connection) => {
    let source = await lookAtTable(reader, connection, slice);
    while (source !== null && !signal.aborted && Date.now() - began < sliceMs) {
      const read = await applyNext(reader, connection, slice, source, { low: cursor, high });
      if (read === 'over') return false;
      if (read === 'altered') {
        source = await lookAtTable(reader, connection, slice);
        continue;
      }
      if (read.isLast) return true;
      cursor = read.high;
      rows += read.rows;
      await keepToRate(rows, began, slice.maxRowsPerSecond, signal);
    }
    return source === null;
  });
}

interface Applied {
  readonly rows: number;
  readonly high: Key | null;
  readonly isLast: boolean;
}

/** 'over': another attempt has gone on from here. */
async function applyNext(
  reader: SourceReader,
  connection: Connection,
  slice: BackfillSlice,
  source: SourceTable,
  keys: { readonly low: Key | null; readonly high: Key | null },
): Promise<Applied | 'altered' | 'over'> {
  const { schema, target } = source;
  const version = await nextPosition(reader, source);
  const syncAt = new Date();
  const read = await readExactly(connection, source, async () => {
    const most = Math.min(mostRows, slice.maxRowsPerSecond ?? mostRows);
    const limit = await rowsWithin(connection, schema, target, keys, { bytes: chunkBytes, rows: most });
    return readChunk(connection, schema, target, keys, limit);
  });
  if (read === 'altered') return read;
  // A table that the source has no more has no rows between any keys.
  const chunk = read === 'gone' ? { rows: [], high: keys.high, isLast: true } : read;
  const { loads } = (await reader.database.etlReplicaTable.findUnique({
    where: { sourceDatabase_sourceTable: { sourceDatabase: slice.database, sourceTable: slice.table } },
    select: { loads: true },
  })) ?? { loads: 0 };
  const applied = await applyChunk(reader.database, {
    pipeline: cdc.name,
    table: target,
    chunk,
    low: keys.low,
    version,
    syncAt,
    load: loads,
    completesLoad: false,
    advance: (transaction, { removed, ...counts }) =>
      advance(transaction, slice, {
        from: keys.low,
        to: { key: chunk.high, isRead: chunk.isLast },
        counts: { ...noCounts, ...counts },
        removed,
      }),
  }).catch((error: unknown) => {
    throw refusalOf(error, source);
  });
  return applied === null ? 'over' : { rows: applied.rows, high: chunk.high, isLast: chunk.isLast };
}

/** The first key belongs to the range, and a chunk lies behind its low one: that row is read by itself. */
async function readFirst(
  reader: SourceReader,
  slice: BackfillSlice,
  to: { readonly key: Key; readonly isRead: boolean },
  signal: AbortSignal,
): Promise<void> {
  const table = { database: reader.replicaDatabase, name: slice.table };
  await inTransaction(reader.database, async (transaction) => {
    await lockTarget(transaction, table, cdc.name);
    await requestRefetches(transaction, table, slice, [keyText(to.key)]);
  });
  const { keys, rows } = await serveRefetches(reader, slice, signal);
  const counts = { ...noCounts, rows: keys, updated: rows, deleted: keys - rows };
  await inTransaction(reader.database, (transaction) =>
    advance(transaction, slice, { from: null, to, counts, removed: 0 }),
  );
}

function isSame(one: Key, other: Key | null): boolean {
  return other !== null && one.every((text, index) => text === other[index]);
}
