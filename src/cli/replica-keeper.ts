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
import { tablesWithRefetches } from '../database/replica/refetches.ts';
import { listTableStates, requestLoad } from '../database/replica/table-states.ts';
import type { ReplicaPlace, SourceSchemas } from '../database/replica/replica-tables.ts';
import { askSourceServer } from '../database/replica/source-server.ts';
import { readChecksums } from '../database/schema/read-checksums.ts';
import { withConnection } from '../database/server-connection.ts';
import { latestOf, type DroppedTable, type DroppedTables } from '../kafka/dropped-tables.ts';
import { AlirError, messageOf } from '../errors/alir-error.ts';
import type { Logger } from '../observability/logger.ts';

const lookEveryMs = 2_000;
const lookAgainEveryMs = 30_000;

export interface ReplicaKeeper extends ReplicaPlace {
  readonly client: Client;
  readonly schemas: SourceSchemas;
  readonly logger: Logger;
  readonly drops: DroppedTables;
}

/** Starts watching; `stop()` ends it. Several processes may watch at the same time: a load that is asked for runs once. */
export function startReplicaKeeper(keeper: ReplicaKeeper): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const memory: Memory = { checksums: new Map(), drops: [], lookedAgainAt: Date.now() };
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
  /** Tables that were dropped and are still to be looked at. */
  drops: DroppedTable[];
  lookedAgainAt: number;
}

async function look(keeper: ReplicaKeeper, memory: Memory): Promise<void> {
  const known = memory.checksums;
  const { source, database, schemas, logger } = keeper;
  const checksums = await withConnection({ ...source, database: '' }, (connection) =>
    readChecksums(connection, source.database),
  );
  const again = await heldTables(keeper, memory);
  for (const [table, checksum] of checksums) {
    if (known.get(table) === checksum && !again.has(table)) continue;
    try {
      await schemas.refresh(source.database, table);
    } catch (error) {
      if (!(error instanceof AlirError) || error.code !== 'TABLE_PAUSED') throw error;
      if (known.get(table) !== checksum)
        logger.warn({ table, reason: error.message }, 'this table is not replicated');
    }
    known.set(table, checksum);
  }
  memory.drops.push(...(await keeper.drops.next()));
  if (memory.drops.length > 0) await rereadDropped(keeper, memory.drops);
  memory.drops = [];
  for (const state of await listTableStates(database)) {
    const isGone = state.database === source.database && !checksums.has(state.table);
    if (isGone && state.state === 'ready') await requestLoad(database, state, await binlogEnd(keeper));
    else if (state.state === 'loading') await startLoad(keeper.client, { ...state, load: state.loads });
  }
  for (const table of await tablesWithRefetches(database)) await startRefetches(keeper.client, table);
}

/** The tables that cannot go on, now and then: a setting or a privilege may have been mended, of which no column tells. */
async function heldTables({ database }: ReplicaKeeper, memory: Memory): Promise<Set<string>> {
  if (Date.now() - memory.lookedAgainAt < lookAgainEveryMs) return new Set();
  memory.lookedAgainAt = Date.now();
  const states = await listTableStates(database);
  return new Set(states.filter(({ state }) => state === 'paused').map(({ table }) => table));
}

/** A table that was dropped and made again within a moment may look as before, but its rows are others. */
async function rereadDropped(keeper: ReplicaKeeper, drops: readonly DroppedTable[]): Promise<void> {
  for (const state of await listTableStates(keeper.database)) {
    const isStale = drops.some(
      (drop) =>
        drop.database === state.database &&
        drop.table === state.table &&
        latestOf(drop) > (state.requestedAt ?? Infinity),
    );
    if (isStale) await requestLoad(keeper.database, state, await binlogEnd(keeper));
  }
}

async function binlogEnd({ source }: ReplicaKeeper): Promise<string | null> {
  return (await askSourceServer(source)).position;
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
      typedSearchAttributes: [{ key: searchAttributeKeys.Pipeline, value: 'cdc' }],
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
      typedSearchAttributes: [{ key: searchAttributeKeys.Pipeline, value: 'cdc' }],
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
