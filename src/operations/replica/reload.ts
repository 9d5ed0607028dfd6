import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/load-config.ts';
import type { Database } from '../../mysql/connection.ts';
import { countRefetches } from '../../metadata/refetches.ts';
import { removalLimit, removalLimitOf } from '../../replica/removal-limit.ts';
import { askBinlogEnd } from '../../replica/source-server.ts';
import { requestLoad } from '../../metadata/table-loads.ts';
import { listTableStates, type TableState } from '../../metadata/table-states.ts';
import { mysqlErrorNumber } from '../../mysql/server-connection.ts';
import { AlirError } from '../../errors/alir-error.ts';

const lookEveryMs = 500;

/** A load that was asked for. */
export interface AskedLoad {
  readonly table: string;
  readonly load: number;
  /** Position of the binlog that Maxwell must have passed before; null: none. */
  readonly waitFor: string | null;
}

/** What the replica has of each table, with the number of its rows that are to be read one by one. */
export async function listReplica(
  database: Database,
): Promise<
  (Omit<TableState, 'database' | 'table'> & { readonly name: string; readonly refetches: number })[]
> {
  const [states, asked] = await Promise.all([listTableStates(database), countRefetches(database)]);
  return states.map(({ database: of, table, ...state }) => ({
    ...state,
    name: `${of}.${table}`,
    refetches: asked.find((each) => each.database === of && each.table === table)?.rows ?? 0,
  }));
}

/**
 * Asks for tables to be read again: once Maxwell has passed what the source has committed by now, or older rows that
 * are on their way would come back after a TRUNCATE. A load stops before it removes more rows than people expect.
 *
 * @param options.allowDeletes it may remove any number of rows that the source does not have
 * @throws AlirError USAGE for a table that has no replica, TABLE_PAUSED for one that can have none, MYSQL_*
 */
export async function reloadTables(
  config: Config,
  database: Database,
  names: readonly string[],
  { allowDeletes = false } = {},
): Promise<AskedLoad[]> {
  const of = config.source.database;
  const tables = [
    ...new Set(names.map((name) => (name.startsWith(`${of}.`) ? name.slice(of.length + 1) : name))),
  ];
  const states = await statesOf(database, of);
  // All of them are looked at before the first is asked for.
  for (const table of tables) {
    const state = states.get(table);
    if (state === undefined)
      throw new AlirError('USAGE', `The replica has no table ${of}.${table}.`, {
        remedy:
          'alir replica list shows the tables; a new one appears within seconds while alir run is running.',
      });
    if (state.state === 'refused')
      throw new AlirError(
        'TABLE_PAUSED',
        `${of}.${table} has no replica: ${state.reason ?? 'it was refused.'}`,
      );
    // Asked again and again, it would remove some rows more each time.
    if (state.isStopped && !allowDeletes)
      throw new AlirError('LOAD_DELETES', `${of}.${table}: ${state.reason ?? 'its load was stopped.'}`);
  }
  const position = await askBinlogEnd(config.source);
  for (const table of tables) {
    const mostRemoved = allowDeletes ? null : await limitOf(config, database, table);
    await requestLoad(
      database,
      { database: of, table },
      { waitFor: position, askedBy: 'person', mostRemoved },
    );
  }
  const asked = await statesOf(database, of);
  return tables.map((table) => ({ table, load: asked.get(table)?.loads ?? 0, waitFor: position }));
}

/** A replica's table that was dropped by hand has no rows, and is made anew. */
async function limitOf({ settings }: Config, database: Database, table: string): Promise<number> {
  try {
    return await removalLimitOf(database, settings.MYSQL_REPLICA_DATABASE, table);
  } catch (error) {
    if (mysqlErrorNumber(error) === noSuchTable) return removalLimit(0);
    throw error;
  }
}

const noSuchTable = 1146;

/**
 * Waits until loads are done, or later ones of the same tables.
 *
 * @throws AlirError LOAD_DELETES when one was stopped, TABLE_PAUSED when a table cannot be read
 */
export async function untilReloaded(
  database: Database,
  sourceDatabase: string,
  loads: readonly AskedLoad[],
): Promise<void> {
  for (;;) {
    const states = await statesOf(database, sourceDatabase);
    const open = loads.filter(
      ({ table }) => !['ready', 'dropped'].includes(states.get(table)?.state ?? 'ready'),
    );
    if (open.length === 0) return;
    for (const { table } of open) {
      const { state, reason, isStopped } = states.get(table)!;
      if (isStopped && state === 'paused')
        throw new AlirError('LOAD_DELETES', `${sourceDatabase}.${table} is paused: ${reason ?? ''}`);
      if (state === 'paused' || state === 'refused')
        throw new AlirError(
          'TABLE_PAUSED',
          `${sourceDatabase}.${table} is ${state}: ${reason ?? 'no reason is known'}`,
        );
    }
    await delay(lookEveryMs);
  }
}

async function statesOf(database: Database, sourceDatabase: string): Promise<Map<string, TableState>> {
  const states = (await listTableStates(database)).filter((state) => state.database === sourceDatabase);
  return new Map(states.map((state) => [state.table, state]));
}
