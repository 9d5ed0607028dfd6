import type { Database } from '../connection.ts';

/** What the replica has of a source table, see etl_replica_tables. */
export interface TableState {
  readonly database: string;
  readonly table: string;
  readonly state: 'loading' | 'ready' | 'paused' | 'refused' | 'dropped';
  readonly reason: string | null;
  /** Number of the load that was asked for last. */
  readonly loads: number;
  readonly loadedRows: number;
  readonly waitFor: string | null;
  /** When the last load was asked for, milliseconds since 1970; null: never. */
  readonly requestedAt: number | null;
}

/** The states of all tables that were ever seen, by name. */
export async function listTableStates(database: Database): Promise<TableState[]> {
  const rows = await database.etlReplicaTable.findMany({
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
  }));
}

/**
 * Asks for a table to be read from the source: from its beginning, whatever a load in hand has done so far.
 *
 * @param waitFor binlog position that Maxwell must have passed before; null: at once
 * @param isNew the replica's table is made now
 */
export async function requestLoad(
  database: Database,
  source: { readonly database: string; readonly table: string },
  waitFor: string | null,
  isNew = false,
): Promise<void> {
  await database.$executeRawUnsafe(
    'INSERT INTO etl_replica_tables (source_database, source_table, state, loads, wait_for, made_at, requested_at, updated_at) ' +
      "VALUES (?, ?, 'loading', 1, ?, IF(?, UTC_TIMESTAMP(6), NULL), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE " +
      "state = 'loading', reason = NULL, held_by_batch = FALSE, made_at = IFNULL(VALUES(made_at), etl_replica_tables.made_at), " +
      'loads = etl_replica_tables.loads + 1, loaded_rows = 0, load_cursor = NULL, wait_for = VALUES(wait_for), ' +
      'requested_at = VALUES(requested_at), updated_at = VALUES(updated_at)',
    source.database,
    source.table,
    waitFor,
    isNew ? 1 : 0,
  );
}

/**
 * Marks a table as one that cannot go on, with a sentence for people. A load that is asked for stays asked for.
 *
 * @param heldByBatch what is wrong is in a batch, not in the table
 */
export async function markTable(
  database: Database,
  source: { readonly database: string; readonly table: string },
  state: 'paused' | 'refused',
  reason: string,
  heldByBatch = false,
): Promise<void> {
  await database.$executeRawUnsafe(
    'INSERT INTO etl_replica_tables (source_database, source_table, state, reason, held_by_batch, updated_at) ' +
      'VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE state = VALUES(state), ' +
      'reason = VALUES(reason), held_by_batch = VALUES(held_by_batch), updated_at = VALUES(updated_at)',
    source.database,
    source.table,
    state,
    reason.slice(0, 1024),
    heldByBatch ? 1 : 0,
  );
}

/**
 * Lets a table that was paused or refused go on: with the load that it owes, if it owes one.
 *
 * @param batchIsApplied the batch that held it has been; otherwise such a table stays paused
 */
export async function resumeTable(
  database: Database,
  source: { readonly database: string; readonly table: string },
  batchIsApplied = false,
): Promise<void> {
  await database.$executeRawUnsafe(
    "UPDATE etl_replica_tables SET held_by_batch = FALSE, state = IF(loaded_at IS NULL OR loaded_at < requested_at, 'loading', 'ready'), " +
      'reason = NULL, updated_at = UTC_TIMESTAMP(6) ' +
      "WHERE source_database = ? AND source_table = ? AND state IN ('paused', 'refused') " +
      'AND (? OR NOT held_by_batch)',
    source.database,
    source.table,
    batchIsApplied ? 1 : 0,
  );
}

/** Ends a load, unless another has been asked for meanwhile. */
export async function finishLoad(
  database: Database,
  source: { readonly database: string; readonly table: string; readonly load: number },
  state: 'ready' | 'dropped',
): Promise<void> {
  await database.$executeRawUnsafe(
    'UPDATE etl_replica_tables SET state = ?, reason = NULL, load_cursor = NULL, loaded_at = UTC_TIMESTAMP(6), ' +
      'updated_at = UTC_TIMESTAMP(6) WHERE source_database = ? AND source_table = ? AND loads = ?',
    state,
    source.database,
    source.table,
    source.load,
  );
}

/** State of a table, when its replica was made and when it was last asked to be read (milliseconds since 1970). */
export async function timesOf(
  database: Database,
  source: { readonly database: string; readonly table: string },
): Promise<{
  readonly state: string | null;
  readonly madeAt: number | null;
  readonly requestedAt: number | null;
}> {
  const row = await database.etlReplicaTable.findUnique({
    where: { sourceDatabase_sourceTable: { sourceDatabase: source.database, sourceTable: source.table } },
    select: { state: true, madeAt: true, requestedAt: true },
  });
  return {
    state: row?.state ?? null,
    madeAt: row?.madeAt?.getTime() ?? null,
    requestedAt: row?.requestedAt?.getTime() ?? null,
  };
}
