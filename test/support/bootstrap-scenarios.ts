import { Context } from '@temporalio/activity';
import { backfillWorkflowId, type BackfillTableInput } from '../../temporal/contract.ts';
import type { Scenario } from './history-scenarios.ts';
import { allInserted } from './temporal.ts';

/** A table through Maxwell, in chunks. */
function bootstrapRun(id: string): Scenario['run'] {
  const input: BackfillTableInput = {
    backfillId: id,
    tables: [{ database: 'app_producer', table: 'orders' }],
    rows: 300,
    maxRowsPerSecond: null,
    mostDeletes: null,
    via: 'maxwell',
  };
  return { workflowId: backfillWorkflowId(id), args: [input] };
}

const recordBackfill = () => Promise.resolve();

/** Paths of `backfillTable` through Maxwell. */
export const bootstrapScenarios: readonly Scenario[] = [
  {
    workflow: 'backfillTable',
    name: 'through-maxwell',
    run: bootstrapRun('through-maxwell'),
    activities: () => ({
      recordBackfill,
      bootstrapChunk: ({ chunk }) => Promise.resolve({ counts: allInserted(100), isDone: chunk === 2 }),
    }),
  },
  {
    workflow: 'backfillTable',
    name: 'through-maxwell-cancelled',
    run: bootstrapRun('through-maxwell-cancelled'),
    activities: () => ({
      recordBackfill,
      async bootstrapChunk() {
        const { cancelled, heartbeat } = Context.current();
        // A cancellation comes with the answer to a heartbeat.
        const beat = setInterval(() => heartbeat(), 200);
        await cancelled.finally(() => clearInterval(beat));
        return { counts: allInserted(0), isDone: false };
      },
    }),
    async during(handle) {
      while (!(await handle.describe()).raw.pendingActivities?.length)
        await new Promise((resolve) => setTimeout(resolve, 50));
      await handle.signal('cancelBackfill');
    },
  },
];
