import type { Database, Transaction } from '../../mysql/connection.ts';
import type { DeadLetter } from '../../pipelines/packed-outcome.ts';
import { explained } from './write-letters.ts';

/** A letter that a redrive could not load. */
export interface Failure extends DeadLetter {
  readonly id: bigint;
}

/**
 * Writes down that letters failed again: the reason of today, and one attempt more. One that has failed often enough is
 * quarantined.
 *
 * @param actor `redrive <id>`
 * @param mostAttempts failures, the first included, with which a letter is quarantined
 * @returns those that are quarantined now
 */
export async function noteFailures(
  transaction: Transaction,
  failures: readonly Failure[],
  actor: string,
  mostAttempts: number,
): Promise<ReadonlySet<bigint>> {
  for (const { id, ...failure } of failures) {
    const { c, r, rs = null, f = null } = explained(failure);
    await transaction.$executeRawUnsafe(
      'UPDATE etl_dead_letters SET code = ?, reason = ?, reasons = ?, field = ?, ' +
        "status = IF(attempts + 1 >= ?, 'quarantined', status), attempts = attempts + 1, " +
        'updated_at = UTC_TIMESTAMP(6) WHERE id = ?',
      c,
      r,
      rs,
      f,
      mostAttempts,
      id,
    );
    await transaction.$executeRawUnsafe(
      'INSERT INTO etl_dead_letter_events (letter_id, kind, actor, note, created_at) ' +
        "VALUES (?, 'redriven', ?, LEFT(?, 1024), UTC_TIMESTAMP(6))",
      id,
      actor,
      `${c}: ${r}`,
    );
  }
  if (failures.length === 0) return new Set();
  const rows = await transaction.etlDeadLetter.findMany({
    where: { id: { in: failures.map(({ id }) => id) }, status: 'quarantined' },
    select: { id: true },
  });
  return new Set(rows.map(({ id }) => id));
}

/** Writes down why a redrive did not try letters; nothing else of them changes. */
export async function noteSkipped(
  database: Database,
  ids: readonly bigint[],
  actor: string,
  why: string,
): Promise<void> {
  for (const id of ids)
    await database.$executeRawUnsafe(
      'INSERT INTO etl_dead_letter_events (letter_id, kind, actor, note, created_at) ' +
        "VALUES (?, 'skipped', ?, LEFT(?, 1024), UTC_TIMESTAMP(6))",
      id,
      actor,
      why,
    );
}
