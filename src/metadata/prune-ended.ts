import type { Database } from '../mysql/connection.ts';
import { pruneLetters } from './dead-letters/prune-letters.ts';

/** Rows of one statement at most: nobody waits long for those that it locks. */
const stepRows = 1_000;

/** How many rows went from each table. */
export type Pruned = Readonly<
  Record<'letters' | 'backfills' | 'redrives' | 'verifications' | 'refetches', number>
>;

/**
 * Deletes what nobody needs any more (docs/decisions/2026-11-30-every-table-has-a-life.md): of what has ended before
 * `keepDays` days the dead letters that were closed, backfills with their cursors, and comparisons that are not the last
 * of their table with their result; and the requests of single rows that failed, once their table has been read since.
 *
 * Rows are searched without locks and deleted by their keys; what has changed meanwhile stays. Any number of processes
 * may do so at the same time.
 *
 * @throws AlirError MYSQL_*
 */
export async function pruneHistory(
  database: Database,
  keepDays: number,
  rowsAtMost = stepRows,
): Promise<Pruned> {
  const counts = {
    letters: await pruneLetters(database, keepDays, rowsAtMost),
    backfills: 0,
    redrives: 0,
    verifications: 0,
    refetches: 0,
  };
  for (const [name, { find, remove, isAged }] of Object.entries(steps) as [keyof typeof steps, Step][]) {
    for (;;) {
      const values = isAged ? [keepDays] : [];
      const found = await database.$queryRawUnsafe<Record<string, unknown>[]>(find, ...values, rowsAtMost);
      let removed = 0;
      for (const keys of chunks(found.map((row) => Object.values(row))))
        for (const statement of remove)
          removed = await database.$executeRawUnsafe(statement(keys.length), ...keys.flat(), ...values);
      counts[name] += removed;
      // Where none went somebody else has been faster, or a row has come to life: the next time is soon enough.
      if (found.length < rowsAtMost || removed === 0) break;
    }
  }
  return counts;
}

interface Step {
  /** Ends with the limit; where `isAged` the days come before it. */
  readonly find: string;
  /** Takes the keys of so many rows, and where `isAged` the days; what the last one deletes counts. */
  readonly remove: readonly ((rows: number) => string)[];
  readonly isAged: boolean;
}

const before = 'TIMESTAMPADD(DAY, -?, UTC_TIMESTAMP(6))';
const marks = (columns: number, rows: number): string =>
  Array.from({ length: rows }, () => `(${Array.from({ length: columns }, () => '?').join(', ')})`).join(', ');

/** Requests that failed, of tables that were read as a whole after them. */
const readSince =
  'etl_refetches f JOIN etl_replica_tables r ON r.source_database = f.source_database ' +
  'AND r.source_table = f.source_table WHERE f.problem IS NOT NULL AND r.began_at > f.requested_at ' +
  'AND r.loaded_at >= r.began_at';

const steps: Record<Exclude<keyof Pruned, 'letters'>, Step> = {
  backfills: {
    isAged: true,
    find: `SELECT id FROM etl_backfills WHERE finished_at < ${before} LIMIT ?`,
    remove: [
      // First: a cursor without its backfill would be found by nobody.
      (rows) =>
        `DELETE s FROM etl_backfill_sources s JOIN etl_backfills b ON b.id = s.backfill_id ` +
        `WHERE (s.backfill_id) IN (${marks(1, rows)}) AND b.finished_at < ${before}`,
      (rows) => `DELETE FROM etl_backfills WHERE (id) IN (${marks(1, rows)}) AND finished_at < ${before}`,
    ],
  },
  redrives: {
    isAged: true,
    find: `SELECT id FROM etl_redrives WHERE finished_at < ${before} LIMIT ?`,
    remove: [
      (rows) => `DELETE FROM etl_redrives WHERE (id) IN (${marks(1, rows)}) AND finished_at < ${before}`,
    ],
  },
  verifications: {
    isAged: true,
    // Of each table the last one of each state stays: what status, metrics and schedules read is among these.
    find:
      `SELECT v.id, v.source_database, v.source_table FROM etl_verifications v WHERE v.updated_at < ${before} AND EXISTS (` +
      'SELECT 1 FROM etl_verifications l WHERE l.source_database = v.source_database AND l.source_table = v.source_table ' +
      'AND l.state = v.state AND l.created_at > v.created_at AND l.updated_at > v.updated_at) LIMIT ?',
    remove: [
      (rows) =>
        `DELETE FROM etl_verifications WHERE (id, source_database, source_table) IN (${marks(3, rows)}) AND updated_at < ${before}`,
    ],
  },
  refetches: {
    isAged: false,
    find: `SELECT f.target_table, f.key_hash FROM ${readSince} LIMIT ?`,
    // A row that is asked for again has no problem, and a later time.
    remove: [(rows) => `DELETE f FROM ${readSince} AND (f.target_table, f.key_hash) IN (${marks(2, rows)})`],
  },
};

/** Keys of one statement. */
const keysOfStatement = 250;

function chunks<T>(rows: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(rows.length / keysOfStatement) }, (_, index) =>
    rows.slice(index * keysOfStatement, (index + 1) * keysOfStatement),
  );
}
