import type { Transaction } from '../../mysql/connection.ts';
import type { AuditedBatch } from '../batches.ts';
import { isUnclosed, mayBecome, type LetterStatus } from './states.ts';

/** How a record that was applied closes its letter. */
export type Fate = Extract<LetterStatus, 'loaded' | 'ignored' | 'superseded'>;

export interface Closing {
  readonly id: bigint;
  readonly fate: Fate;
}

/** Ids of one statement. */
const idsOfStatement = 500;

/**
 * The letters of a batch's range that are not closed, by offset. By a plain read, after the target was locked: a range
 * that is locked would take gaps with it, and writers of other tables would deadlock.
 */
export async function unclosedOfRange(
  transaction: Transaction,
  { pipeline, range }: AuditedBatch,
): Promise<{ readonly id: bigint; readonly offset: number }[]> {
  const rows = await transaction.$queryRawUnsafe<{ id: bigint; offset: bigint }[]>(
    'SELECT id, `offset` FROM etl_dead_letters WHERE pipeline = ? AND topic = ? AND epoch = ? AND `partition` = ? ' +
      `AND \`offset\` BETWEEN ? AND ? AND ${isUnclosed}`,
    pipeline,
    range.topic,
    range.epoch,
    range.partition,
    range.first,
    range.last,
  );
  return rows.map(({ id, offset }) => ({ id, offset: Number(offset) }));
}

/**
 * Closes letters, in the transaction that applied their records; one that was closed meanwhile stays as it is.
 *
 * @param actor who did it: `redrive <id>`, `backfill <id>`, `read again`
 */
export async function closeLetters(
  transaction: Transaction,
  closings: readonly Closing[],
  actor: string,
): Promise<void> {
  for (const fate of ['loaded', 'ignored', 'superseded'] as const) {
    const ids = closings.filter((each) => each.fate === fate).map(({ id }) => id);
    for (let from = 0; from < ids.length; from += idsOfStatement)
      await closeAs(transaction, ids.slice(from, from + idsOfStatement), fate, actor, null);
  }
}

/**
 * Closes letters in one way.
 *
 * @param note for people; of a discard why
 * @returns how many were closed by this call
 */
export async function closeAs(
  transaction: Transaction,
  ids: readonly bigint[],
  status: LetterStatus,
  actor: string,
  note: string | null,
): Promise<number> {
  if (ids.length === 0) return 0;
  const some = `id IN (${ids.map(() => '?').join(', ')})`;
  await transaction.$executeRawUnsafe(
    'INSERT INTO etl_dead_letter_events (letter_id, kind, actor, note, created_at) ' +
      `SELECT id, ?, ?, ?, UTC_TIMESTAMP(6) FROM etl_dead_letters WHERE ${some} AND ${mayBecome(status)}`,
    status,
    actor,
    note ?? '',
    ...ids,
  );
  return transaction.$executeRawUnsafe(
    'UPDATE etl_dead_letters SET status = ?, closed_by = ?, closed_at = UTC_TIMESTAMP(6), note = ?, ' +
      `updated_at = UTC_TIMESTAMP(6) WHERE ${some} AND ${mayBecome(status)}`,
    status,
    actor,
    note,
    ...ids,
  );
}
