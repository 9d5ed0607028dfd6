import { comparePositions } from '../../cdc/maxwell/binlog-position.ts';
import { databaseOf, queryOf, StopFinder, type MaxwellStop } from '../../cdc/maxwell/stop-finder.ts';
import type { LoggedStop } from '../../cdc/maxwell/stop-in-log.ts';
import type { SqlReader } from './context.ts';

/** What is read of the binlog: Maxwell stores its position every few seconds, so the statement is near behind it. */
const limits = { page: 1_000, events: 50_000, ms: 6_000 };

export interface StopSearch {
  /** Null: there is none in what was read. */
  readonly stop: MaxwellStop | null;
  /** "file:offset" up to which was read. */
  readonly readTo: string;
}

interface EventRow {
  readonly Log_name: string;
  readonly Pos: number | bigint;
  readonly End_log_pos: number | bigint;
  readonly Event_type: string;
  readonly Info: string;
}

/**
 * Reads the binlog from Maxwell's position on, up to the first statement that it does not get past.
 *
 * @param own what Maxwell writes of itself: its schema
 * @throws AlirError MYSQL_ACCESS_DENIED without REPLICATION SLAVE, MYSQL_*
 */
export async function searchBinlog(
  source: SqlReader,
  from: { readonly file: string; readonly offset: number },
  { database, files }: { readonly database: string; readonly files: readonly string[] | null },
): Promise<StopSearch> {
  const views = await source.query<{ name: string }>(
    "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name FROM information_schema.VIEWS",
  );
  const names = new Set(views.map(({ name }) => name));
  const finder = new StopFinder({
    source: database,
    isView: (schema, table) => names.has(`${schema}.${table}`),
  });
  const behind = files?.slice(files.indexOf(from.file) + 1) ?? [];
  let { offset } = from;
  let read = 0;
  const late = performance.now() + limits.ms;
  for (const file of [from.file, ...behind]) {
    for (;;) {
      const rows = await source.query<EventRow>(
        `SHOW BINLOG EVENTS IN ? FROM ${offset} LIMIT ${limits.page}`,
        [file],
      );
      for (const row of rows) {
        const event = { position: `${file}:${row.Pos}`, type: row.Event_type, info: row.Info };
        const stop = finder.see(event);
        if (stop !== null) return { stop, readTo: event.position };
        offset = Number(row.End_log_pos);
      }
      read += rows.length;
      if (read >= limits.events || performance.now() > late)
        return { stop: null, readTo: `${file}:${offset}` };
      if (rows.length < limits.page) break;
    }
    if (file !== behind.at(-1) && behind.length > 0) offset = 4; // of the next file: after its magic number
  }
  return { stop: null, readTo: `${behind.at(-1) ?? from.file}:${offset}` };
}

/**
 * The statement at which Maxwell says that it ended; null: Maxwell has passed it since, or the binlog has it no more.
 *
 * @param passed "file:offset" that Maxwell has stored
 */
export async function statementOf(
  source: SqlReader,
  logged: LoggedStop,
  passed: string,
): Promise<MaxwellStop | null> {
  if (comparePositions(logged.position, passed) < 0) return null;
  const [, file = '', offset = ''] = /^(.+):(\d+)$/.exec(logged.position) ?? [];
  const [row] = await source.query<EventRow>(`SHOW BINLOG EVENTS IN ? FROM ${Number(offset)} LIMIT 1`, [
    file,
  ]);
  if (row?.Event_type !== 'Query') return null;
  const { statement, database } = queryOf(row.Info);
  return {
    position: logged.position,
    part: logged.reason,
    statement,
    database: databaseOf(statement, database),
    table: null,
  };
}
