import { randomUUID } from 'node:crypto';
import type { Connection } from 'mariadb';
import { AlirError, messageOf } from '../../errors/alir-error.ts';
import { classifyMysqlError, mysqlFailureOf } from '../mysql-error.ts';
import type { MigrationFile } from './migration-files.ts';
import { splitStatements } from '../split-statements.ts';

/** A row of `_prisma_migrations` that counts; attempts that were rolled back do not. */
export interface AppliedMigration {
  readonly id: string;
  readonly name: string;
  readonly checksum: string;
  readonly state: 'applied' | 'unfinished';
  /** Statements of an unfinished one that may have been done: nobody else's table may be taken for one of ours. */
  readonly steps: number;
}

/** Prisma's own table, column for column, so that `prisma migrate deploy` and this applier can take turns. */
export async function createMigrationTable(connection: Connection): Promise<void> {
  await connection.query(
    'CREATE TABLE IF NOT EXISTS `_prisma_migrations` (' +
      '`id` VARCHAR(36) PRIMARY KEY NOT NULL, `checksum` VARCHAR(64) NOT NULL, `finished_at` DATETIME(3), ' +
      '`migration_name` VARCHAR(255) NOT NULL, `logs` TEXT, `rolled_back_at` DATETIME(3), ' +
      '`started_at` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), ' +
      '`applied_steps_count` INTEGER UNSIGNED NOT NULL DEFAULT 0' +
      ') DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci',
  );
}

/** What the database has, oldest first. */
export async function readAppliedMigrations(connection: Connection): Promise<AppliedMigration[]> {
  type Row = { id: string; name: string; checksum: string; finished: number; steps: number; failed: number };
  const rows = await connection.query<Row[]>(
    'SELECT id, migration_name AS name, checksum, finished_at IS NOT NULL AS finished, ' +
      'applied_steps_count AS steps, logs IS NOT NULL AS failed FROM `_prisma_migrations` WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name',
  );
  return rows.map(({ id, name, checksum, finished, steps, failed }) => ({
    id,
    name,
    checksum,
    state: Number(finished) === 1 ? 'applied' : 'unfinished',
    // Killed between a statement and its count: the next one may have been done too.
    steps: Number(steps) + (Number(failed) === 1 ? 0 : 1),
  }));
}

/** "exists already" and "is not there to be dropped": what a repeated statement says that had worked the first time. */
const alreadyDone = new Set([1050, 1051, 1060, 1061, 1091, 1826]);

/**
 * Applies one migration, statement by statement, and keeps the books as Prisma does: a row that is begun, then finished
 * or left with the error in `logs`.
 *
 * @param unfinished the row of an attempt that stopped half-way. It is marked as rolled back, as
 *   `prisma migrate resolve --rolled-back` would, and statements that it had done already are passed over.
 * @throws AlirError MIGRATION_FAILED naming migration and statement; MYSQL_* when it was an outage
 */
export async function applyMigration(
  connection: Connection,
  file: MigrationFile,
  unfinished: AppliedMigration | null,
): Promise<void> {
  if (unfinished !== null) {
    await connection.query('UPDATE `_prisma_migrations` SET rolled_back_at = UTC_TIMESTAMP(3) WHERE id = ?', [
      unfinished.id,
    ]);
  }
  const id = randomUUID();
  await connection.query(
    'INSERT INTO `_prisma_migrations` (id, checksum, migration_name, started_at) VALUES (?, ?, ?, UTC_TIMESTAMP(3))',
    [id, file.checksum, file.name],
  );
  for (const [index, statement] of splitStatements(file.sql).entries()) {
    try {
      await connection.query(statement);
    } catch (error) {
      const repeated = index < (unfinished?.steps ?? 0) && alreadyDone.has(mysqlFailureOf(error).number ?? 0);
      if (!repeated) await fail(connection, id, file, index + 1, error);
    }
    await connection.query('UPDATE `_prisma_migrations` SET applied_steps_count = ? WHERE id = ?', [
      index + 1,
      id,
    ]);
  }
  // Prisma counts the script as one step.
  await connection.query(
    'UPDATE `_prisma_migrations` SET finished_at = UTC_TIMESTAMP(3), applied_steps_count = 1 WHERE id = ?',
    [id],
  );
}

async function fail(
  connection: Connection,
  id: string,
  file: MigrationFile,
  number: number,
  error: unknown,
): Promise<never> {
  const known = classifyMysqlError(error);
  const text = `statement ${number}: ${mysqlFailureOf(error).text || messageOf(error)}`;
  // On a dead connection this fails too; the row without an end says the same.
  await connection
    .query('UPDATE `_prisma_migrations` SET logs = ? WHERE id = ?', [text, id])
    .catch(() => undefined);
  if (
    known.code === 'MYSQL_UNAVAILABLE' ||
    known.code === 'MYSQL_CONFLICT' ||
    known.code === 'MYSQL_ACCESS_DENIED'
  )
    throw known;
  throw new AlirError('MIGRATION_FAILED', `The migration ${file.name} failed at ${text}.`);
}
