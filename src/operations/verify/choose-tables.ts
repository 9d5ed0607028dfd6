import type { Config } from '../../config/load-config.ts';
import type { Database } from '../../mysql/connection.ts';
import { listTableStates, type TableState } from '../../metadata/table-states.ts';
import { notYetComparable } from '../../verify/not-yet.ts';
import { listTables } from '../../mysql/schema/read-schema.ts';
import { withConnection } from '../../mysql/server-connection.ts';
import { AlirError } from '../../errors/alir-error.ts';

/** A table that is to be verified; `problem` says why it cannot be at the moment. */
export interface ChosenTable {
  readonly table: string;
  readonly problem: string | null;
}

/**
 * The tables that were asked for, or all that have a replica.
 *
 * @param say is told why a table of all is left out
 * @throws AlirError USAGE for one that the source does not have, TABLE_PAUSED for one that can have no replica, MYSQL_*
 */
export async function chooseTables(
  config: Config,
  database: Database,
  asked: readonly string[],
  say: (line: string) => void,
): Promise<ChosenTable[]> {
  const { source } = config;
  const inSource = await withConnection({ ...source, database: '' }, (connection) =>
    listTables(connection, source.database),
  );
  const states = new Map(
    (await listTableStates(database))
      .filter((state) => state.database === source.database)
      .map((state) => [state.table, state]),
  );
  if (asked.length > 0)
    return [...new Set(asked)].map((table) => {
      if (!inSource.includes(table))
        throw new AlirError('USAGE', `${source.database} has no table named ${table}.`, {
          remedy: 'alir status lists the tables.',
        });
      const state = states.get(table);
      if (state?.state === 'refused') throw new AlirError('TABLE_PAUSED', refusal(state));
      return { table, problem: notYetComparable(source.database, table, state) };
    });
  const chosen: ChosenTable[] = [];
  for (const [table, state] of states) {
    if (state.state === 'dropped' || !inSource.includes(table)) continue;
    if (state.state === 'refused') say(`Not verified: ${refusal(state)}`);
    else chosen.push({ table, problem: notYetComparable(source.database, table, state) });
  }
  return chosen;
}

function refusal({ database, table, reason }: TableState): string {
  return `${database}.${table} has no replica: ${reason ?? 'it was refused.'}`;
}
