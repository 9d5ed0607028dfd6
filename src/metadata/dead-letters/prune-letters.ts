import type { Database } from '../../mysql/connection.ts';
import { inTransaction } from '../../mysql/transaction.ts';
import { isClosed } from './states.ts';

/**
 * Deletes dead letters that were closed before so many days, with what was noted of them. How many there were stays in
 * etl_dead_letter_totals. Any number of processes may do so at the same time.
 *
 * @returns how many went
 * @throws AlirError MYSQL_*
 */
export async function pruneLetters(
  database: Database,
  keepDays: number,
  rowsAtMost: number,
): Promise<number> {
  let pruned = 0;
  for (;;) {
    // Searched without locks: an index range that is locked would hold up those who write letters.
    const found = await database.$queryRawUnsafe<{ id: bigint }[]>(
      `SELECT id FROM etl_dead_letters WHERE ${isClosed} AND updated_at < TIMESTAMPADD(DAY, -?, UTC_TIMESTAMP(6)) LIMIT ?`,
      keepDays,
      rowsAtMost,
    );
    const gone = await forget(
      database,
      found.map(({ id }) => id),
    );
    pruned += gone;
    if (found.length < rowsAtMost || gone === 0) return pruned;
  }
}

/** Deletes letters, whatever has become of them, and counts them in the totals. */
export async function forget(database: Database, ids: readonly bigint[]): Promise<number> {
  if (ids.length === 0) return 0;
  const some = `id IN (${ids.map(() => '?').join(', ')})`;
  return inTransaction(database, async (transaction) => {
    // Whoever is second finds none of them, and counts none.
    await transaction.$queryRawUnsafe(`SELECT id FROM etl_dead_letters WHERE ${some} FOR UPDATE`, ...ids);
    await transaction.$executeRawUnsafe(
      'INSERT INTO etl_dead_letter_totals (pipeline, origin, status, letters) ' +
        `SELECT pipeline, origin, status, COUNT(*) FROM etl_dead_letters WHERE ${some} ` +
        'GROUP BY pipeline, origin, status ' +
        'ON DUPLICATE KEY UPDATE letters = etl_dead_letter_totals.letters + VALUES(letters)',
      ...ids,
    );
    await transaction.$executeRawUnsafe(`DELETE FROM etl_dead_letter_events WHERE letter_${some}`, ...ids);
    return transaction.$executeRawUnsafe(`DELETE FROM etl_dead_letters WHERE ${some}`, ...ids);
  });
}
