/** Watches the source for tables that appear, change or go, and has them read into the replica. */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import {
  loadWorkflowId,
  refetchWorkflowId,
  searchAttributeKeys,
  taskQueues,
  type LoadTableInput,
  type RefetchInput,
} from '../../temporal/contract.ts';
import type { loadTable } from '../../temporal/workflows/load-table.ts';
import type { refetchRows } from '../../temporal/workflows/refetch-rows.ts';
import { releasePassed } from '../metadata/table-pauses.ts';
import { tablesWithRefetches } from '../metadata/refetches.ts';
import { requestLoad, requestRereading } from '../metadata/table-loads.ts';
import { listTableStates, type TableState } from '../metadata/table-states.ts';
import { cdc } from '../pipelines/cdc/cdc.ts';
import type { ReplicaContext } from '../replica/replica-context.ts';
import type { ReplicaUpdater } from '../replica/replica-updater.ts';
import { askBinlogEnd, readSourceServer, serverProblem } from '../replica/source-server.ts';
import { readChecksums } from '../mysql/schema/read-checksums.ts';
import { withConnection } from '../mysql/server-connection.ts';
import { AlirError, messageOf } from '../errors/alir-error.ts';
import type { MysqlAddress } from '../config/load-config.ts';
import type { Logger } from '../observability/logger.ts';

const lookEveryMs = 2_000;
const lookAgainEveryMs = 30_000;

export interface ReplicaReconciler extends ReplicaContext {
  readonly client: Client;
  readonly updater: ReplicaUpdater;
  readonly logger: Logger;
}

/** Starts watching; `stop()` ends it. Several processes may watch at the same time: a load that is asked for runs once. */
export function startReplicaReconciler(keeper: ReplicaReconciler): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const memory: Memory = { checksums: new Map(), patience: new Map(), lookedAgainAt: Date.now() };
  let complaint = '';
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await look(keeper, memory);
        complaint = '';
      } catch (error) {
        if (complaint !== messageOf(error))
          keeper.logger.warn({ reason: messageOf(error) }, 'cannot watch the source');
        complaint = messageOf(error);
      }
      await delay(lookEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Memory {
  /** Of each table's columns as they were when its replica was made to suit them. */
  readonly checksums: Map<string, string>;
  /** When a load that may wait for more changes was seen first, by its workflow's id. */
  readonly patience: Map<string, number>;
  lookedAgainAt: number;
}

async function look(keeper: ReplicaReconciler, memory: Memory): Promise<void> {
  const known = memory.checksums;
  const { source, database, updater, logger } = keeper;
  const checksums = await withConnection({ ...source, database: '' }, (connection) =>
    readChecksums(connection, source.database),
  );
  // One that comes back as it was is another table, and of one from another database Maxwell tells nothing.
  for (const table of known.keys()) if (!checksums.has(table)) known.delete(table);
  const again = await heldTables(keeper, memory);
  for (const [table, checksum] of checksums) {
    const isSeen = known.get(table) === checksum && !again.has(table) && !updater.isUnsettled(table);
    if (isSeen) continue;
    try {
      await updater.update(source.database, table);
    } catch (error) {
      if (!(error instanceof AlirError) || error.code !== 'TABLE_PAUSED') throw error;
      if (known.get(table) !== checksum)
        logger.warn({ table, reason: error.message }, 'this table is not replicated');
    }
    known.set(table, checksum);
  }
  for (const state of await listTableStates(database))
    if (state.state === 'loading' && mayStart(state, memory))
      await startLoad(keeper.client, { ...state, load: state.loads });
  for (const table of await tablesWithRefetches(database)) await startRefetches(keeper.client, table);
  // Last: where the end of the binlog may not be seen, other tables go on.
  await updater.requestRereadings();
  const gone = (await listTableStates(database)).filter(
    (state) => state.database === source.database && !checksums.has(state.table) && !isAtWork(state),
  );
  // Of a wrong server all tables would be gone, and the replica would be emptied.
  if (gone.length > 0 && (await isReadByMaxwell(source)))
    for (const state of gone) await emptyGone(keeper, state);
}

/** It is read, or found gone already. */
const isAtWork = ({ state }: TableState): boolean => state === 'loading' || state === 'dropped';

async function isReadByMaxwell(source: MysqlAddress): Promise<boolean> {
  const server = await withConnection({ ...source, database: '' }, (connection) =>
    readSourceServer(connection, source),
  );
  return serverProblem(server) === null;
}

/** Has the replica of a table emptied that the source does not have any more. */
async function emptyGone({ database, source }: ReplicaReconciler, state: TableState): Promise<void> {
  if (state.state === 'ready' || state.state === 'stale')
    await requestRereading(database, state, await askBinlogEnd(source));
  // Nothing is wrong any more with a table that is gone. What a batch holds goes on with the batch.
  else if (state.state === 'paused' && !state.isHeld)
    await requestLoad(database, state, { waitFor: await askBinlogEnd(source), askedBy: 'definition' });
  else if (state.state === 'refused')
    await requestLoad(database, state, { waitFor: null, askedBy: 'definition' });
}

/** The tables that cannot go on, now and then: a setting or a privilege may have been mended, of which no column tells. */
async function heldTables({ database }: ReplicaReconciler, memory: Memory): Promise<Set<string>> {
  if (Date.now() - memory.lookedAgainAt < lookAgainEveryMs) return new Set();
  memory.lookedAgainAt = Date.now();
  await releasePassed(database);
  const states = await listTableStates(database);
  return new Set(states.filter(({ state }) => state === 'paused').map(({ table }) => table));
}

/** How long the definition of a table has to be at rest before it is read again, and the longest wait for that. */
const quietMs = 3_000;
const longestWaitMs = 20_000;

/** Whether a load begins now: ten ALTERs in a row are one reading, and one ALTER a second holds nobody up for ever. */
function mayStart(state: TableState, { patience }: Memory): boolean {
  const id = loadWorkflowId({ ...state, load: state.loads });
  const now = Date.now();
  const since = patience.get(id) ?? now;
  const isQuiet = now - (state.requestedAt ?? 0) >= quietMs;
  if (!state.isPatient || isQuiet || now - since >= longestWaitMs) {
    patience.delete(id);
    return true;
  }
  patience.set(id, since);
  return false;
}

async function startLoad(client: Client, { database, table, load, waitFor }: LoadTableInput): Promise<void> {
  const input: LoadTableInput = { database, table, load, waitFor };
  await unlessStarted(
    client.workflow.start<typeof loadTable>('loadTable', {
      args: [input],
      workflowId: loadWorkflowId(input),
      taskQueue: taskQueues.live,
      // One that was terminated is run again; one that has completed has done its work.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      staticSummary: `first load or re-read of ${database}.${table}`,
      typedSearchAttributes: [{ key: searchAttributeKeys.Pipeline, value: cdc.name }],
    }),
  );
}

async function startRefetches(client: Client, { database, table }: RefetchInput): Promise<void> {
  const input: RefetchInput = { database, table };
  await unlessStarted(
    client.workflow.start<typeof refetchRows>('refetchRows', {
      args: [input],
      workflowId: refetchWorkflowId(input),
      taskQueue: taskQueues.live,
      staticSummary: `single rows of ${database}.${table} from the source`,
      typedSearchAttributes: [{ key: searchAttributeKeys.Pipeline, value: cdc.name }],
    }),
  );
}

async function unlessStarted(starting: Promise<unknown>): Promise<void> {
  try {
    await starting;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
