/** The loads of a replica's table: asked for, begun, done. All of it stands in its row of etl_replica_tables. */
import type { Database } from '../mysql/connection.ts';
import type { TableName } from '../cdc/schema/table-name.ts';
import { isStopped, whyStopped } from './table-states.ts';

/** Who asks for a table to be read: a person, or its definition (it is new, or has changed). */
export type Asker = 'definition' | 'person';

export interface LoadRequest {
  /** Binlog position that Maxwell must have passed before; null: at once. */
  readonly waitFor: string | null;
  readonly askedBy: Asker;
  /**
   * How many rows the load may remove since the source does not have them: where people ask, who may not know what they
   * do. Null, or absent: any number, for what a definition asks for, and what was allowed.
   */
  readonly mostRemoved?: number | null;
  /** The replica's table is made now, at this position of the binlog. */
  readonly madeAt?: { readonly position: string | null };
}

/**
 * Asks for a table to be read from the source: from its beginning, whatever a load in hand has done so far. Where one
 * that may remove any number of rows is still owed, it stays one.
 */
export async function requestLoad(
  database: Database,
  source: TableName,
  { waitFor, askedBy, madeAt, mostRemoved = null }: LoadRequest,
): Promise<void> {
  await database.$executeRawUnsafe(
    'INSERT INTO etl_replica_tables (source_database, source_table, state, loads, wait_for, asked_by, made_at, ' +
      'made_position, most_removed, requested_at, updated_at) ' +
      "VALUES (?, ?, 'loading', 1, ?, ?, IF(?, UTC_TIMESTAMP(6), NULL), ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)) " +
      'ON DUPLICATE KEY UPDATE most_removed = IF(etl_replica_tables.most_removed IS NULL AND ' +
      'etl_replica_tables.requested_at IS NOT NULL AND (etl_replica_tables.loaded_at IS NULL OR ' +
      'etl_replica_tables.loaded_at < etl_replica_tables.requested_at), NULL, VALUES(most_removed)), ' +
      "removed_rows = 0, state = 'loading', reason = NULL, held_by_batch = FALSE, " +
      'made_position = IF(VALUES(made_at) IS NULL, etl_replica_tables.made_position, VALUES(made_position)), ' +
      'made_at = IFNULL(VALUES(made_at), etl_replica_tables.made_at), loads = etl_replica_tables.loads + 1, ' +
      'loaded_rows = 0, load_cursor = NULL, began_at = NULL, wait_for = VALUES(wait_for), ' +
      'asked_by = VALUES(asked_by), requested_at = VALUES(requested_at), updated_at = VALUES(updated_at)',
    source.database,
    source.table,
    waitFor,
    askedBy,
    madeAt ? 1 : 0,
    madeAt?.position ?? null,
    mostRemoved,
  );
}

const isReading = 'began_at IS NOT NULL AND (loaded_at IS NULL OR loaded_at < began_at)';
/** None is asked for or in hand, or the one in hand was stopped: the next begins anew. */
const isAtRest = `IFNULL(began_at IS NOT NULL AND loaded_at >= began_at, FALSE) OR ${isStopped}`;
/** Paused by what a batch holds, or by what is wrong with the table. */
const isPaused = `state = 'refused' OR (state = 'paused' AND (held_by_batch OR NOT ${isStopped}))`;

/**
 * Asks for a table to be read once more, since its definition has changed. A load that has not begun will cover that;
 * one that is in hand goes on to its end, and is followed by another: a table that is altered more often than it can be
 * read would otherwise never have been. A table that is paused stays so, and is read when it goes on.
 *
 * @param waitFor end of the source's binlog
 */
export async function requestRereading(
  database: Database,
  source: TableName,
  waitFor: string | null,
): Promise<void> {
  // The state as it was decides all: assignments see what was assigned before them. LIMIT: merged into the UPDATE, the
  // reading of the same table would be an error (1093).
  await database.$executeRawUnsafe(
    `UPDATE etl_replica_tables t JOIN (SELECT source_database, source_table, ${isAtRest} AS is_at_rest, ` +
      `${isReading} AND NOT (${isAtRest}) AS is_reading, ${isPaused} AS is_paused ` +
      'FROM etl_replica_tables WHERE source_database = ? AND source_table = ? LIMIT 1) was ' +
      'ON t.source_database = was.source_database AND t.source_table = was.source_table SET ' +
      "t.wait_for = IF(is_reading, t.wait_for, ?), t.asked_by = IF(is_reading, t.asked_by, 'definition'), " +
      't.most_removed = IF(is_reading, t.most_removed, NULL), t.removed_rows = IF(is_reading, t.removed_rows, 0), ' +
      't.loads = IF(is_at_rest, t.loads + 1, t.loads), t.loaded_rows = IF(is_at_rest, 0, t.loaded_rows), ' +
      't.load_cursor = IF(is_at_rest, NULL, t.load_cursor), t.began_at = IF(is_at_rest, NULL, t.began_at), ' +
      't.reason = IF(is_at_rest AND NOT is_paused, NULL, t.reason), ' +
      "t.state = IF(is_at_rest AND NOT is_paused, 'loading', t.state), " +
      't.requested_at = UTC_TIMESTAMP(6), t.updated_at = UTC_TIMESTAMP(6)',
    source.database,
    source.table,
    waitFor,
  );
}

/**
 * Marks a table that should be read again and is too large for that without being asked. Its changes go on; one that is
 * paused or refused stays so, and is stale when it goes on.
 *
 * @returns false, and nothing has happened, where a load is asked for or in hand
 */
export async function markStale(database: Database, source: TableName, reason: string): Promise<boolean> {
  const text = reason.slice(0, 1024);
  const marked = await database.$executeRawUnsafe(
    `UPDATE etl_replica_tables SET stale_reason = ?, reason = IF(state IN ${atRest}, ?, reason), ` +
      `state = IF(state IN ${atRest}, 'stale', state), updated_at = UTC_TIMESTAMP(6) ` +
      `WHERE source_database = ? AND source_table = ? AND (state IN ${atRest} OR ` +
      "(state IN ('paused', 'refused') AND loaded_at >= requested_at))",
    text,
    text,
    source.database,
    source.table,
  );
  return marked > 0;
}

const atRest = "('ready', 'dropped', 'stale')";

/** Notes columns that the replica was given since its last reading began. */
export async function noteAdded(
  database: Database,
  source: TableName,
  columns: readonly string[],
): Promise<void> {
  for (const column of columns)
    await database.$executeRawUnsafe(
      "UPDATE etl_replica_tables SET definition = JSON_ARRAY_APPEND(definition, '$.added', ?) " +
        'WHERE source_database = ? AND source_table = ? AND definition IS NOT NULL',
      column,
      source.database,
      source.table,
    );
}

export interface BegunLoad extends TableName {
  readonly load: number;
  readonly waitFor: string | null;
  readonly covers: string | null;
  /** See `StoredDefinition`, JSON. */
  readonly definition: string;
}

/** Notes that a load begins to read. Nothing happens when it has to wait for more by now, or another is wanted. */
export async function beginLoad(database: Database, begun: BegunLoad): Promise<void> {
  await database.$executeRawUnsafe(
    'UPDATE etl_replica_tables SET covers = ?, definition = ?, began_at = UTC_TIMESTAMP(6), ' +
      'updated_at = UTC_TIMESTAMP(6) WHERE source_database = ? AND source_table = ? AND loads = ? ' +
      'AND began_at IS NULL AND wait_for <=> ?',
    begun.covers,
    begun.definition,
    begun.database,
    begun.table,
    begun.load,
    begun.waitFor,
  );
}

/** Ends a load, unless another has been asked for meanwhile. A table that a batch holds stays paused until it is applied. */
export async function finishLoad(
  database: Database,
  source: TableName & { readonly load: number },
  state: 'ready' | 'dropped',
): Promise<void> {
  await database.$executeRawUnsafe(
    "UPDATE etl_replica_tables SET held_by_batch = held_by_batch AND ? = 'ready', " +
      'reason = IF(held_by_batch, reason, NULL), state = IF(held_by_batch, state, ?), ' +
      'stale_reason = NULL, load_cursor = NULL, loaded_at = UTC_TIMESTAMP(6), updated_at = UTC_TIMESTAMP(6) ' +
      'WHERE source_database = ? AND source_table = ? AND loads = ?',
    state,
    state,
    source.database,
    source.table,
    source.load,
  );
}

/** Pauses the table of a load that would remove more rows than it may: `removed` with those of the chunk at hand. */
export async function stopLoad(
  database: Database,
  source: TableName & { readonly load: number },
  removed: number,
): Promise<void> {
  await database.$executeRawUnsafe(
    `UPDATE etl_replica_tables SET removed_rows = ?, state = IF(held_by_batch, state, 'paused'), ` +
      `reason = IF(held_by_batch, reason, ${whyStopped}), updated_at = UTC_TIMESTAMP(6) ` +
      'WHERE source_database = ? AND source_table = ? AND loads = ?',
    removed,
    source.database,
    source.table,
    source.load,
  );
}
