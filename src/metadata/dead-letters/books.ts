import type { Database, Transaction } from '../../mysql/connection.ts';
import { isUnclosed, letterStatuses, type LetterStatus } from './states.ts';

export type LettersByStatus = Readonly<Record<LetterStatus, number>>;

/**
 * The letters that a pipeline's first live run of each range has counted, by what has become of them since; pruned ones
 * are among them. Their sum is the number of dead letters in the audit trail, read in the same snapshot.
 */
export async function liveLetters(transaction: Transaction, pipeline: string): Promise<LettersByStatus> {
  const rows = await transaction.$queryRawUnsafe<{ status: LetterStatus; letters: unknown }[]>(
    'SELECT status, COUNT(*) AS letters FROM etl_dead_letters FORCE INDEX (etl_dead_letters_books_idx) ' +
      "WHERE pipeline = ? AND origin = 'live' GROUP BY status UNION ALL " +
      "SELECT status, letters FROM etl_dead_letter_totals WHERE pipeline = ? AND origin = 'live'",
    pipeline,
    pipeline,
  );
  const counts = Object.fromEntries(letterStatuses.map((status) => [status, 0])) as Record<
    LetterStatus,
    number
  >;
  for (const { status, letters } of rows) counts[status] += Number(letters);
  return counts;
}

/** Open letters of one code. */
export interface OpenLetters {
  readonly code: string;
  readonly count: number;
  readonly newestReason: string;
}

/** The open letters of a pipeline by code, most first. By an index alone, but for the newest of each. */
export async function openLetters(database: Database, pipeline: string): Promise<OpenLetters[]> {
  const rows = await database.$queryRawUnsafe<{ code: string; count: bigint; reason: string }[]>(
    'SELECT g.code, g.count, d.reason FROM (SELECT code, COUNT(*) AS count, MAX(id) AS newest FROM etl_dead_letters ' +
      `WHERE pipeline = ? AND ${isUnclosed} GROUP BY code) g JOIN etl_dead_letters d ON d.id = g.newest ` +
      'ORDER BY g.count DESC, g.code',
    pipeline,
  );
  return rows.map(({ code, count, reason }) => ({ code, count: Number(count), newestReason: reason }));
}
