import { quoteName } from '../cdc/schema/quote.ts';
import type { Database } from '../mysql/connection.ts';

/** Rows that may go from a table without a word, since the source does not have them. */
const mostRows = 1_000;
const mostShare = 0.05;

/**
 * How many rows of a replica's table may go because the source does not have them, before somebody allows more: 1,000,
 * or 5 % of the table if that is less, but one row of any table.
 *
 * @param rows of the replica's table
 */
export function removalLimit(rows: number): number {
  return Math.min(mostRows, Math.max(1, Math.ceil(rows * mostShare)));
}

/**
 * The limit for a table as it is now. Beyond 20,000 rows it is the same for all, so that no more are counted: exact, and
 * never long.
 */
export async function removalLimitOf(database: Database, replica: string, table: string): Promise<number> {
  const [found] = await database.$queryRawUnsafe<{ n: bigint }[]>(
    `SELECT COUNT(*) AS n FROM (SELECT 1 FROM ${quoteName(replica)}.${quoteName(table)} LIMIT ${mostRows / mostShare}) some`,
  );
  return removalLimit(Number(found?.n ?? 0));
}
