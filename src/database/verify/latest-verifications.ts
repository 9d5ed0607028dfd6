import type { Database } from '../connection.ts';

/** What the last comparison of a table that came to an end has found. */
export interface LatestVerification {
  readonly database: string;
  readonly table: string;
  readonly differing: number;
  readonly finishedAt: Date;
}

/** Of each table the last comparison that has finished; one that failed says nothing of the rows. */
export async function latestVerifications(database: Database): Promise<LatestVerification[]> {
  type Row = { source: string; name: string; differing: unknown; finished: unknown };
  const rows = await database.$queryRawUnsafe<Row[]>(
    'SELECT v.source_database AS source, v.source_table AS name, v.missing + v.surplus + v.different AS differing, ' +
      'UNIX_TIMESTAMP(v.finished_at) AS finished FROM etl_verifications v JOIN (' +
      'SELECT source_database, source_table, MAX(finished_at) AS finished_at FROM etl_verifications ' +
      "WHERE state IN ('equal', 'different') GROUP BY source_database, source_table" +
      ') last USING (source_database, source_table, finished_at)',
  );
  return rows.map(({ source, name, differing, finished }) => ({
    database: source,
    table: name,
    differing: Number(differing),
    finishedAt: new Date(Number(finished) * 1000),
  }));
}
