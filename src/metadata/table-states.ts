import type { LastReading, StoredDefinition } from '../cdc/ddl/definition-log.ts';
import type { Database } from '../mysql/connection.ts';
import type { TableName } from '../cdc/schema/table-name.ts';

/** What the replica has of a source table, see etl_replica_tables. */
export interface TableState {
  readonly database: string;
  readonly table: string;
  readonly state: 'loading' | 'ready' | 'stale' | 'paused' | 'refused' | 'dropped';
  readonly reason: string | null;
  /** Number of the load that was asked for last. */
  readonly loads: number;
  readonly loadedRows: number;
  readonly waitFor: string | null;
  /** When the last load was asked for, milliseconds since 1970; null: never. */
  readonly requestedAt: number | null;
  /** The last load may wait a moment for more changes of the definition, so that one reading covers them all. */
  readonly isPatient: boolean;
  /** The last load was stopped before it had removed more rows than it may: it ends only by another request. */
  readonly isStopped: boolean;
  /** A batch that cannot go on holds the table. */
  readonly isHeld: boolean;
}

/** The states of all tables that were ever seen, by name. */
export async function listTableStates(database: Database): Promise<TableState[]> {
  const rows = await database.etlReplicaTable.findMany({
    // It is asked every few seconds, and definitions are large.
    omit: { definition: true, loadCursor: true },
    orderBy: [{ sourceDatabase: 'asc' }, { sourceTable: 'asc' }],
  });
  return rows.map((row) => ({
    database: row.sourceDatabase,
    table: row.sourceTable,
    state: row.state as TableState['state'],
    reason: row.reason,
    loads: row.loads,
    loadedRows: Number(row.loadedRows),
    waitFor: row.waitFor,
    requestedAt: row.requestedAt?.getTime() ?? null,
    isPatient: row.askedBy === 'definition' && row.waitFor !== null && row.beganAt === null,
    isStopped: row.mostRemoved !== null && row.removedRows > row.mostRemoved,
    isHeld: row.heldByBatch,
  }));
}

/** Marks a table as one that cannot go on, with a sentence for people. A load that is asked for stays asked for. */
export async function markTable(
  database: Database,
  source: { readonly database: string; readonly table: string },
  state: 'paused' | 'refused',
  reason: string,
): Promise<void> {
  await database.$executeRawUnsafe(
    'INSERT INTO etl_replica_tables (source_database, source_table, state, reason, updated_at) ' +
      'VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE state = VALUES(state), ' +
      'reason = VALUES(reason), held_by_batch = FALSE, updated_at = VALUES(updated_at)',
    source.database,
    source.table,
    state,
    reason.slice(0, 1024),
  );
}

/** A load that was stopped before it had removed more rows than it may. */
export const isStopped = '(most_removed IS NOT NULL AND removed_rows > most_removed)';

/** What goes on where it stopped, or begins anew, is for people to say. */
export const whyStopped =
  "CONCAT('Its load would remove ', removed_rows, ' rows or more that the source does not have, and may remove ', " +
  "most_removed, '. See which (alir verify --table ', source_table, '), then: alir replica reload ', source_table, " +
  "' --allow-deletes')";

const isOwed = '(loaded_at IS NULL OR loaded_at < requested_at)';

/** Sets the state of a table that may go on: with the load that it owes, if it owes one, unless that was stopped. */
export const goOn =
  `reason = IF(${isStopped}, ${whyStopped}, IF(${isOwed}, NULL, stale_reason)), state = IF(${isStopped}, 'paused', ` +
  `IF(${isOwed}, 'loading', IF(stale_reason IS NULL, 'ready', 'stale')))`;

/**
 * Lets a table that was paused or refused go on, since nothing is wrong with it any more. One that a batch holds stays
 * paused.
 */
export async function resumeTable(
  database: Database,
  source: { readonly database: string; readonly table: string },
): Promise<void> {
  await database.$executeRawUnsafe(
    `UPDATE etl_replica_tables SET ${goOn}, updated_at = UTC_TIMESTAMP(6) ` +
      "WHERE source_database = ? AND source_table = ? AND state IN ('paused', 'refused') AND NOT held_by_batch",
    source.database,
    source.table,
  );
}

/** State of a table, and what is known of its last reading. */
export interface TableReading extends LastReading {
  readonly state: TableState['state'] | null;
  /** When it was last asked to be read, milliseconds since 1970. */
  readonly requestedAt: number | null;
  /** A load has been asked for and has not begun; it waits for this position. */
  readonly isPending: boolean;
  readonly waitFor: string | null;
  /** A load was asked for while the last one was reading: it is owed. */
  readonly isOwed: boolean;
  /** It should be read, and is too large for that unasked. */
  readonly isStale: boolean;
  /** A load has begun and has not ended. */
  readonly isInHand: boolean;
  /** When the replica's table was made, milliseconds since 1970; null: not noted. */
  readonly madeMs: number | null;
}

export async function readingOf(database: Database, source: TableName): Promise<TableReading> {
  const row = await database.etlReplicaTable.findUnique({
    where: { sourceDatabase_sourceTable: { sourceDatabase: source.database, sourceTable: source.table } },
    select: { ...readingFields, definition: true },
  });
  const definition = row?.definition == null ? null : (JSON.parse(row.definition) as StoredDefinition);
  return { ...toReading(row), definition };
}

const readingFields = {
  state: true,
  staleReason: true,
  requestedAt: true,
  madeAt: true,
  loadedAt: true,
  beganAt: true,
  waitFor: true,
  covers: true,
  madePosition: true,
} as const;

/** The same of all tables that were ever seen, without their definitions, which are large. */
export async function listReadings(
  database: Database,
): Promise<(TableName & Omit<TableReading, 'definition'>)[]> {
  const rows = await database.etlReplicaTable.findMany({
    select: { sourceDatabase: true, sourceTable: true, ...readingFields },
  });
  return rows.map((row) => ({ database: row.sourceDatabase, table: row.sourceTable, ...toReading(row) }));
}

function toReading(row: ReadingRow | null): Omit<TableReading, 'definition'> {
  const requestedAt = row?.requestedAt?.getTime() ?? null;
  const beganAt = row?.beganAt?.getTime() ?? null;
  return {
    state: (row?.state ?? null) as TableReading['state'],
    requestedAt,
    sinceMs: beganAt ?? requestedAt,
    isPending: row !== null && beganAt === null,
    waitFor: row?.waitFor ?? null,
    isOwed: beganAt !== null && requestedAt !== null && requestedAt > beganAt,
    isStale: row?.staleReason != null,
    isInHand: beganAt !== null && beganAt > (row?.loadedAt?.getTime() ?? -Infinity),
    madeMs: row?.madeAt?.getTime() ?? null,
    covers: row?.covers ?? null,
    madePosition: row?.madePosition ?? null,
  };
}

interface ReadingRow {
  readonly state: string;
  readonly staleReason: string | null;
  readonly requestedAt: Date | null;
  readonly madeAt: Date | null;
  readonly loadedAt: Date | null;
  readonly beganAt: Date | null;
  readonly waitFor: string | null;
  readonly covers: string | null;
  readonly madePosition: string | null;
}
