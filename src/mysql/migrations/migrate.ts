import type { Connection } from 'mariadb';
import type { MysqlAddress } from '../../config/load-config.ts';
import { AlirError } from '../../errors/alir-error.ts';
import {
  applyMigration,
  createMigrationTable,
  readAppliedMigrations,
  type AppliedMigration,
} from './migration-table.ts';
import { matchesChecksum, migrationsFolder, readMigrations, type MigrationFile } from './migration-files.ts';
import { ensureDatabase, withConnection } from '../server-connection.ts';

export { migrateSource } from './migrate-source.ts';

/** One line of progress for people. */
export type Report = (line: string) => void;

/** The lock that Prisma's own `migrate deploy` takes: the two wait for each other. It is the server's, not the database's. */
const lockName = 'prisma_migrate';
const lockSeconds = 60;

/**
 * Applies the migrations that the database does not have yet; creates the database where it is missing.
 *
 * Safe to run anywhere at any time: runs wait for each other, and one that was cut short is taken up again (DDL is not
 * transactional in MySQL, so a migration may stop half-way; what it had created already is then left as it is).
 *
 * @returns the names of the migrations that were applied now
 * @throws AlirError MIGRATION_CHANGED, MIGRATION_MISSING, MIGRATION_FAILED, MYSQL_*
 */
export async function migrate(
  address: MysqlAddress,
  report: Report,
  folder: string = migrationsFolder,
): Promise<string[]> {
  const files = readMigrations(folder);
  await ensureDatabase(address);
  return withConnection(address, (connection) =>
    withLock(connection, async () => {
      await createMigrationTable(connection);
      const applied = await readAppliedMigrations(connection);
      assertUnchanged(files, applied);
      const pending = pendingOf(files, applied);
      for (const file of pending) {
        const unfinished = applied.find(({ name, state }) => name === file.name && state === 'unfinished');
        if (unfinished) report(`${address.database}: resuming ${file.name}, which stopped half-way`);
        else report(`${address.database}: applying ${file.name}`);
        await applyMigration(connection, file, unfinished ?? null);
      }
      return pending.map((file) => file.name);
    }),
  );
}

/** Names of migrations in which a database and this Alir differ. */
export interface MigrationState {
  /** The database does not have them yet. */
  readonly pending: readonly string[];
  /** Only the database has them: a newer Alir has migrated it. */
  readonly unknown: readonly string[];
}

export async function readMigrationState(
  address: MysqlAddress,
  folder: string = migrationsFolder,
): Promise<MigrationState> {
  const files = readMigrations(folder);
  return withConnection(address, async (connection) => {
    const [table] = await connection.query<unknown[]>("SHOW TABLES LIKE '\\_prisma\\_migrations'");
    const applied = table === undefined ? [] : await readAppliedMigrations(connection);
    const known = new Set(files.map(({ name }) => name));
    return {
      pending: pendingOf(files, applied).map((file) => file.name),
      unknown: applied.flatMap(({ name, state }) => (state === 'applied' && !known.has(name) ? [name] : [])),
    };
  });
}

/**
 * Refuses to go on with a database that lacks a migration. One that has more is let pass: a newer Alir may have migrated
 * it while this one still has batches in hand.
 *
 * @throws AlirError SCHEMA_NOT_MIGRATED, MYSQL_*
 */
export async function assertMigrated(address: MysqlAddress): Promise<void> {
  const { pending } = await readMigrationState(address);
  if (pending.length === 0) return;
  throw new AlirError(
    'SCHEMA_NOT_MIGRATED',
    `The database ${address.database} lacks the ${pending.length === 1 ? 'migration' : 'migrations'} ${pending.join(', ')}.`,
  );
}

function pendingOf(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): MigrationFile[] {
  const done = new Set(applied.filter(({ state }) => state === 'applied').map(({ name }) => name));
  return files.filter((file) => !done.has(file.name));
}

function assertUnchanged(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): void {
  for (const { name, checksum, state } of applied) {
    // One that never finished may have been mended since.
    if (state !== 'applied') continue;
    const file = files.find((candidate) => candidate.name === name);
    if (!file) {
      throw new AlirError(
        'MIGRATION_MISSING',
        `The database has the migration ${name}, which this Alir does not know.`,
      );
    }
    if (!matchesChecksum(file, checksum)) {
      throw new AlirError(
        'MIGRATION_CHANGED',
        `The migration ${name} was changed after it had been applied.`,
      );
    }
  }
}

async function withLock<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  const [row] = await connection.query<{ held: number | null }[]>('SELECT GET_LOCK(?, ?) AS held', [
    lockName,
    lockSeconds,
  ]);
  if (Number(row?.held) !== 1) {
    throw new AlirError('MYSQL_CONFLICT', `Another migration has been running for over ${lockSeconds} s.`);
  }
  try {
    return await work();
  } finally {
    await connection.query('SELECT RELEASE_LOCK(?)', [lockName]).catch(() => undefined);
  }
}
