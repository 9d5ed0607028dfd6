import { setTimeout as sleep } from 'node:timers/promises';
import { AlirError } from '../errors/alir-error.ts';
import { acquireTimeoutMs, type Database, type Transaction } from './connection.ts';
import { classifyMysqlError, RowError } from './mysql-error.ts';

const options = {
  isolationLevel: 'RepeatableRead',
  // Longer than the pool waits for its first connection: the pool's error says why there is none, Prisma's does not.
  maxWait: 3 * acquireTimeoutMs,
  // Far above any batch: Prisma's own limit of 5 s would roll back a batch that waits for its turn.
  timeout: 300_000,
} as const;

const attemptsAtConflicts = 4;

/** Thrown inside a probe to roll it back. */
class RollBack extends Error {}

/**
 * Runs a transaction at REPEATABLE READ and classifies what it throws. Deadlocks and lock waits are tried again a few
 * times, so `work` must be repeatable.
 *
 * @throws RowError if `work` threw one; otherwise AlirError. A row's fault that comes from elsewhere (the bookkeeping)
 *   is a bug of ours, UNEXPECTED: no row can be left out to cure it.
 */
export async function inTransaction<T>(
  database: Database,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    let thrownByWork: unknown;
    try {
      return await database.$transaction(async (transaction) => {
        try {
          return await work(transaction);
        } catch (error) {
          thrownByWork = error;
          throw error;
        }
      }, options);
    } catch (thrown) {
      // On a dead connection the rollback fails too, and its error would hide the one that says why.
      const error = thrownByWork ?? thrown;
      if (error instanceof RowError || error instanceof RollBack) throw error;
      const known = classifyMysqlError(error);
      if (known instanceof RowError)
        throw new AlirError('UNEXPECTED', `The bookkeeping was refused: ${known.reason}.`);
      if (known.code !== 'MYSQL_CONFLICT' || attempt === attemptsAtConflicts) throw known;
      await sleep(20 * attempt * (0.5 + Math.random()));
    }
  }
}

/** Runs a transaction that is always rolled back. Throws like {@link inTransaction}. */
export async function andRollBack<T>(
  database: Database,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  let result: { readonly value: T } | undefined;
  try {
    await inTransaction(database, async (transaction) => {
      result = { value: await work(transaction) };
      throw new RollBack();
    });
  } catch (error) {
    if (!(error instanceof RollBack)) throw error;
  }
  return result!.value;
}

/** Runs a transaction that is rolled back if `work` gives null. Throws like {@link inTransaction}. */
export async function orNull<T>(
  database: Database,
  work: (transaction: Transaction) => Promise<T | null>,
): Promise<T | null> {
  try {
    return await inTransaction(database, async (transaction) => {
      const value = await work(transaction);
      if (value === null) throw new RollBack();
      return value;
    });
  } catch (error) {
    if (error instanceof RollBack) return null;
    throw error;
  }
}

/** Tries something without keeping it: null when everything in it would have worked, else the row's fault. */
export async function tryOut(
  database: Database,
  work: (transaction: Transaction) => Promise<unknown>,
): Promise<RowError | null> {
  try {
    await andRollBack(database, work);
    return null;
  } catch (error) {
    if (error instanceof RowError) return error;
    throw error;
  }
}
