import { AlirError } from '../errors/alir-error.ts';
import { addCounts, noCounts, type BatchCounts } from '../pipelines/counts.ts';
import { keyText } from '../pipelines/packed-outcome.ts';
import type { Key } from '../pipelines/pipeline.ts';
import type { Database, Transaction } from '../mysql/connection.ts';
import type { TableName } from '../cdc/schema/table-name.ts';

export interface BackfillOfTable extends TableName {
  readonly backfillId: string;
  /** Rows that may be deleted since the source does not have them; null: any number. */
  readonly mostDeletes: number | null;
}

/** How far a backfill has read a table. */
export interface BackfillCursor {
  /** Key up to which it has; null: nothing yet. */
  readonly key: Key | null;
  /** All that was to be read has been. */
  readonly isRead: boolean;
}

/** What has been applied since the cursor was read, and where it stands afterwards. */
export interface Advance {
  readonly from: Key | null;
  readonly to: BackfillCursor;
  readonly counts: BatchCounts;
  /** Rows that were deleted since the source does not have them. */
  readonly removed: number;
}

export async function cursorOf(database: Database, table: BackfillOfTable): Promise<BackfillCursor> {
  const row = await database.etlBackfillSource.findUnique({
    where: {
      backfillId_sourceDatabase_sourceTable: {
        backfillId: table.backfillId,
        sourceDatabase: table.database,
        sourceTable: table.table,
      },
    },
    select: { keyCursor: true, isRead: true },
  });
  return {
    key: row?.keyCursor == null ? null : (JSON.parse(row.keyCursor) as Key),
    isRead: row?.isRead ?? false,
  };
}

/** What a backfill has counted of all its tables, attempts that have died since included. */
export async function countedBy(database: Database, backfillId: string): Promise<BatchCounts> {
  const rows = await database.etlBackfillSource.findMany({ where: { backfillId }, select: { counts: true } });
  return rows.reduce((sum, { counts }) => addCounts(sum, countsOf(counts)), noCounts);
}

/**
 * Moves the cursor, and counts, in the transaction that applies the rows: whoever dies afterwards has lost neither.
 *
 * @returns false: it does not stand where it was read any more. An attempt that was given up is still running beside
 *   the one that came after it, and what it read must not be counted twice.
 * @throws AlirError BACKFILL_DELETES
 */
export async function advance(
  transaction: Transaction,
  table: BackfillOfTable,
  { from, to, counts, removed }: Advance,
): Promise<boolean> {
  const place = [table.backfillId, table.database, table.table];
  const [held] = await transaction.$queryRawUnsafe<Held[]>(
    'SELECT key_cursor, is_read, deleted, counts FROM etl_backfill_sources ' +
      'WHERE backfill_id = ? AND source_database = ? AND source_table = ? FOR UPDATE',
    ...place,
  );
  if ((held?.key_cursor ?? null) !== (from && keyText(from)) || Number(held?.is_read ?? 0) === 1)
    return false;
  const deleted = Number(held?.deleted ?? 0) + removed;
  if (table.mostDeletes !== null && removed > 0 && deleted > table.mostDeletes)
    throw new AlirError(
      'BACKFILL_DELETES',
      `${table.database}.${table.table}: the backfill would delete more than ${table.mostDeletes} rows that the source ` +
        'does not have. What it has done so far stays.',
    );
  await transaction.$executeRawUnsafe(
    'INSERT INTO etl_backfill_sources (backfill_id, source_database, source_table, key_cursor, is_read, deleted, ' +
      'counts, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE ' +
      'key_cursor = VALUES(key_cursor), is_read = VALUES(is_read), deleted = VALUES(deleted), ' +
      'counts = VALUES(counts), updated_at = VALUES(updated_at)',
    ...place,
    to.key && keyText(to.key),
    to.isRead ? 1 : 0,
    deleted,
    JSON.stringify(addCounts(countsOf(held?.counts), counts)),
  );
  return true;
}

interface Held {
  readonly key_cursor: string | null;
  readonly is_read: unknown;
  readonly deleted: bigint;
  readonly counts: unknown;
}

/** JSON comes parsed from Prisma, and as a text from MariaDB, which has no such type. */
function countsOf(stored: unknown): BatchCounts {
  const counts: unknown = typeof stored === 'string' ? JSON.parse(stored) : stored;
  return { ...noCounts, ...(counts as Partial<BatchCounts> | null | undefined) };
}
