/** In which order the builds of Alir appeared, docs/decisions/2026-11-30-the-current-build.md. */
import type { Database, Transaction } from '../mysql/connection.ts';
import { inTransaction } from '../mysql/transaction.ts';

export interface Build {
  /** '' for workers without versions. */
  readonly id: string;
  /** A higher one is newer. */
  readonly number: number;
  readonly firstSeenAt: Date;
}

/** Every build that has had a worker, the oldest first. */
export async function listBuilds(database: Database): Promise<Build[]> {
  const rows = await database.etlBuild.findMany({ orderBy: { number: 'asc' } });
  return rows.map(({ buildId, number, firstSeenAt }) => ({ id: buildId, number, firstSeenAt }));
}

/**
 * Gives builds that are seen for the first time the next numbers, in this order; a known one keeps its number.
 *
 * @throws AlirError MYSQL_*
 */
export async function registerBuilds(database: Database, ids: readonly string[]): Promise<void> {
  await inTransaction(database, async (transaction) => {
    for (const id of ids)
      await transaction.$executeRawUnsafe(
        `INSERT INTO etl_builds (build_id, number, first_seen_at) ${next} ` +
          'ON DUPLICATE KEY UPDATE build_id = etl_builds.build_id',
        id,
      );
  });
}

/**
 * Makes a build the newest one.
 *
 * @returns its number
 * @throws AlirError MYSQL_*
 */
export async function renumberBuild(database: Database, id: string): Promise<number> {
  return inTransaction(database, async (transaction) => {
    await transaction.$executeRawUnsafe(
      `INSERT INTO etl_builds (build_id, number, first_seen_at) ${next} ON DUPLICATE KEY UPDATE number = fresh.number`,
      id,
    );
    return numberOf(transaction, id);
  });
}

/** Reads every number before it adds one: two that do so at the same time are one after the other. */
const next =
  'SELECT * FROM (SELECT ? AS id, (SELECT COALESCE(MAX(number), 0) + 1 FROM etl_builds) AS number, UTC_TIMESTAMP(6)) AS fresh';

async function numberOf(transaction: Transaction, id: string): Promise<number> {
  const { number } = await transaction.etlBuild.findUniqueOrThrow({ where: { buildId: id } });
  return number;
}
