import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mariadb';
import { AlirError } from '../../errors/alir-error.ts';
import { addCounts, noCounts, type BatchCounts } from '../../pipelines/counts.ts';
import { keyText } from '../../pipelines/packed-outcome.ts';
import type { Key } from '../../pipelines/pipeline.ts';
import { findBackfill } from '../backfills.ts';
import type { Transaction } from '../connection.ts';
import { withConnection } from '../server-connection.ts';
import { inTransaction } from '../transaction.ts';
import { takeTurn } from '../turn.ts';
import { applyChunk } from './apply-chunk.ts';
import { chunkBytes, mostRows } from './load-rows.ts';
import { readChunk } from './read-chunk.ts';
import { requestRefetches } from './refetches.ts';
import { rowsWithin } from './rows-of-chunk.ts';
import { serveRefetches } from './serve-refetches.ts';
import {
  lookAtTable,
  nextPosition,
  pipeline,
  readExactly,
  refusalOf,
  type SourceReader,
  type SourceTable,
  type TableName,
} from './source-table.ts';

export interface BackfillSlice extends TableName {
  readonly backfillId: string;
  readonly maxRowsPerSecond: number | null;
  /** Rows that may be deleted since the source does not have them; null: any number. */
  readonly mostDeletes: number | null;
}

export interface SliceResult {
  readonly counts: BatchCounts;
  /** All that was to be read of the table has been. */
  readonly isDone: boolean;
}

/** What the plan of a backfill says of keys (src/backfill/types.ts): both ends belong to it. */
interface PlannedKeys {
  readonly selector: { readonly keys: { readonly low: Key | null; readonly high: Key | null } | null };
}

/** Long enough to be worth an activity, short enough to be paused. */
const sliceMs = 3_000;

/**
 * Reads the next rows of a backfill's table from the source and applies them, for some seconds. How far it has come is
 * in etl_backfill_sources, moved in the transaction that applies the rows.
 *
 * @throws AlirError BACKFILL_DELETES, TABLE_PAUSED, MYSQL_*, KAFKA_*
 */
export async function backfillSlice(
  reader: SourceReader,
  slice: BackfillSlice,
  signal: AbortSignal,
): Promise<SliceResult> {
  const backfill = await findBackfill<PlannedKeys>(reader.database, slice.backfillId);
  const { low, high } = backfill?.plan.selector.keys ?? { low: null, high: null };
  let cursor = await cursorOf(reader, slice);
  let counts = noCounts;
  if (cursor === null && low !== null) {
    counts = await readFirst(reader, slice, low, signal);
    cursor = low;
    if (isSame(low, high)) return { counts, isDone: true };
  }
  const began = Date.now();
  return withConnection({ ...reader.source, database: slice.database }, async (connection) => {
    let source = await lookAtTable(reader, connection, slice);
    while (source !== null && !signal.aborted && Date.now() - began < sliceMs) {
      const read = await applyNext(reader, connection, slice, source, { low: cursor, high });
      if (read === 'altered') {
        source = await lookAtTable(reader, connection, slice);
        continue;
      }
      counts = addCounts(counts, read.counts);
      cursor = read.high;
      if (read.isLast) return { counts, isDone: true };
      await heedRate(counts.rows, began, slice.maxRowsPerSecond, signal);
    }
    return { counts, isDone: source === null };
  });
}

interface Applied {
  readonly counts: BatchCounts;
  readonly high: Key | null;
  readonly isLast: boolean;
}

async function applyNext(
  reader: SourceReader,
  connection: Connection,
  slice: BackfillSlice,
  source: SourceTable,
  keys: { readonly low: Key | null; readonly high: Key | null },
): Promise<Applied | 'altered'> {
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
    pipeline,
    table: target,
    chunk,
    low: keys.low,
    version,
    syncAt,
    load: loads,
    completesLoad: false,
    advance: (transaction, deleted) => advance(transaction, slice, chunk.high, deleted),
  }).catch((error: unknown) => {
    throw refusalOf(error, source);
  });
  return { counts: { ...noCounts, ...applied }, high: chunk.high, isLast: chunk.isLast };
}

/** The first key belongs to the range, and a chunk lies behind its low one: that row is read by itself. */
async function readFirst(
  reader: SourceReader,
  slice: BackfillSlice,
  low: Key,
  signal: AbortSignal,
): Promise<BatchCounts> {
  const table = { database: reader.replicaDatabase, name: slice.table };
  await inTransaction(reader.database, async (transaction) => {
    await takeTurn(transaction, table, pipeline);
    await requestRefetches(transaction, table, slice, [keyText(low)]);
  });
  const { keys, rows } = await serveRefetches(reader, slice, signal);
  await inTransaction(reader.database, (transaction) => advance(transaction, slice, low, 0));
  return { ...noCounts, rows: keys, updated: rows, deleted: keys - rows };
}

async function cursorOf({ database }: SourceReader, slice: BackfillSlice): Promise<Key | null> {
  const row = await database.etlBackfillSource.findUnique({
    where: {
      backfillId_sourceDatabase_sourceTable: {
        backfillId: slice.backfillId,
        sourceDatabase: slice.database,
        sourceTable: slice.table,
      },
    },
    select: { keyCursor: true },
  });
  return row?.keyCursor == null ? null : (JSON.parse(row.keyCursor) as Key);
}

async function advance(
  transaction: Transaction,
  slice: BackfillSlice,
  cursor: Key | null,
  deleted: number,
): Promise<boolean> {
  const place = [slice.backfillId, slice.database, slice.table];
  await transaction.$executeRawUnsafe(
    'INSERT INTO etl_backfill_sources (backfill_id, source_database, source_table, key_cursor, deleted, updated_at) ' +
      'VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE key_cursor = VALUES(key_cursor), ' +
      'deleted = etl_backfill_sources.deleted + VALUES(deleted), updated_at = VALUES(updated_at)',
    ...place,
    cursor === null ? null : keyText(cursor),
    deleted,
  );
  if (slice.mostDeletes === null || deleted === 0) return true;
  const [sum] = await transaction.$queryRawUnsafe<{ deleted: bigint }[]>(
    'SELECT deleted FROM etl_backfill_sources WHERE backfill_id = ? AND source_database = ? AND source_table = ?',
    ...place,
  );
  if (Number(sum?.deleted ?? 0) <= slice.mostDeletes) return true;
  throw new AlirError(
    'BACKFILL_DELETES',
    `${slice.database}.${slice.table}: the backfill would delete more than ${slice.mostDeletes} rows that the source ` +
      'does not have. What it has done so far stays.',
  );
}

async function heedRate(
  rows: number,
  began: number,
  perSecond: number | null,
  signal: AbortSignal,
): Promise<void> {
  if (perSecond === null) return;
  const ahead = (1000 * rows) / perSecond - (Date.now() - began);
  if (ahead > 0) await delay(ahead, undefined, { signal }).catch(() => undefined);
}

function isSame(one: Key, other: Key | null): boolean {
  return other !== null && one.every((text, index) => text === other[index]);
}
