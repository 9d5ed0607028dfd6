import type { Config } from '../../config/load-config.ts';
import type { Database } from '../../mysql/connection.ts';
import { requestLoad } from '../../metadata/table-loads.ts';
import { listTableStates } from '../../metadata/table-states.ts';
import type { AskedLoad } from '../replica/reload.ts';

export interface ReadAgain {
  readonly asked: readonly AskedLoad[];
  /** Tables that people must decide about first, each with the reason. */
  readonly waiting: readonly string[];
}

/**
 * Has every table of the replica read again from its beginning, once Maxwell has passed a position: what changed while
 * it was away is in no topic. A reading may remove any number of rows, but not of a table whose reading was stopped at
 * that.
 */
export async function readAllAgain(
  { source }: Pick<Config, 'source'>,
  database: Database,
  waitFor: string,
): Promise<ReadAgain> {
  const asked: AskedLoad[] = [];
  const waiting: string[] = [];
  for (const state of await listTableStates(database)) {
    if (state.database !== source.database) continue;
    // One that is gone or has no replica is read when that changes.
    if (state.state === 'dropped' || state.state === 'refused') continue;
    if (state.isStopped) {
      waiting.push(`${state.table}: ${state.reason ?? 'its load was stopped.'}`);
      continue;
    }
    await requestLoad(database, state, { waitFor, askedBy: 'person', mostRemoved: null });
    asked.push({ table: state.table, load: state.loads + 1, waitFor });
  }
  return { asked, waiting };
}
