import type { Database } from '../mysql/connection.ts';

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
      'UNIX_TIMESTAMP(v.finished_at) AS finished FROM (' +
      'SELECT source_database, source_table, MAX(finished_at) AS finished_at FROM (' +
      // By state too: so each group is one look into the index, however many comparisons there are.
      'SELECT source_database, source_table, state, MAX(finished_at) AS finished_at FROM etl_verifications ' +
      'GROUP BY source_database, source_table, state) ended ' +
      "WHERE state IN ('equal', 'different') GROUP BY source_database, source_table) last " +
      'STRAIGHT_JOIN etl_verifications v FORCE INDEX (etl_verifications_finished_idx) ' +
      'ON v.source_database = last.source_database AND v.source_table = last.source_table ' +
      "AND v.state IN ('equal', 'different') AND v.finished_at = last.finished_at",
  );
  return rows.map(({ source, name, differing, finished }) => ({
    database: source,
    table: name,
    differing: Number(differing),
    finishedAt: new Date(Number(finished) * 1000),
  }));
}

/** When the last comparison began that found a table equal, of each table that has one. */
export async function lastEqual(
  database: Database,
): Promise<{ readonly database: string; readonly table: string; readonly beganAt: Date }[]> {
  return database.$queryRawUnsafe(
    'SELECT source_database AS `database`, source_table AS `table`, created_at AS beganAt FROM (' +
      // The state is not chosen in here: MySQL 8.0.12 answers with the newest of another state then.
      'SELECT source_database, source_table, state, MAX(created_at) AS created_at FROM etl_verifications ' +
      "GROUP BY source_database, source_table, state) newest WHERE state = 'equal'",
  );
}
