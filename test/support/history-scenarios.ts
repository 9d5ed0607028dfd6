import type { WorkflowHandle } from '@temporalio/client';
import { AlirError } from '../../src/errors/alir-error.ts';
import { toFailure } from '../../temporal/activities/interceptors.ts';
import {
  backfillWorkflowId,
  batchWorkflowId,
  loadWorkflowId,
  refetchWorkflowId,
  type BackfillTableInput,
  type BootstrapActivities,
  type EtlActivities,
  type BackfillActivities,
  type ReplayInput,
  type ReplicaActivities,
  type VerifyActivities,
} from '../../temporal/contract.ts';
import { bootstrapScenarios } from './bootstrap-scenarios.ts';
import type { RedriveActivities } from '../../temporal/redrive-contract.ts';
import { redriveScenarios } from './redrive-scenarios.ts';
import { untilState } from './until-state.ts';
import { allInserted, testRange } from './temporal.ts';
import { verifyScenarios } from './verify-scenarios.ts';

/** One recorded history; replay never runs activities, so simple ones do. */
export interface Scenario {
  readonly workflow:
    | 'processBatch'
    | 'loadTable'
    | 'backfillTable'
    | 'redriveDeadLetters'
    | 'refetchRows'
    | 'replayRange'
    | 'verifyTable';
  readonly name: string;
  readonly activities: () => Partial<
    EtlActivities &
      ReplicaActivities &
      BackfillActivities &
      RedriveActivities &
      BootstrapActivities &
      VerifyActivities
  >;
  /** Id and input of the run. */
  readonly run: { readonly workflowId: string; readonly args: readonly [unknown] };
  /** What somebody does while it runs. */
  readonly during?: (handle: WorkflowHandle) => Promise<void>;
}

function batchRun(partition: number): Scenario['run'] {
  const range = testRange({ topic: 'raw_orders', partition });
  return {
    workflowId: batchWorkflowId(range),
    args: [{ range, flag: 'live', syncAt: '2026-11-23T01:16:30.250Z' }],
  };
}

function loadRun(load: number, waitFor: string | null): Scenario['run'] {
  const input = { database: 'app_producer', table: 'orders', load, waitFor };
  return { workflowId: loadWorkflowId(input), args: [input] };
}

/** A replay of 1,000 offsets in pages of 100, one page a second: slow enough to be told something. */
function replayRun(id: string, input: Partial<ReplayInput> = {}): Scenario['run'] {
  const replay: ReplayInput = {
    backfillId: id,
    ranges: [testRange({ topic: 'raw_orders', first: 0, last: 999 })],
    syncAt: '2026-11-25T01:16:30.250Z',
    rewrite: true,
    sink: 'table',
    dryRun: false,
    pageOffsets: 100,
    maxRowsPerSecond: 100,
    ...input,
  };
  return { workflowId: backfillWorkflowId(id), args: [replay] };
}

const replayActivities = (): BackfillActivities => ({
  replayPage: ({ range }) => Promise.resolve(allInserted(range.last - range.first + 1)),
  backfillSlice: () => Promise.resolve({ counts: allInserted(0), isDone: true }),
  recordBackfill: () => Promise.resolve(),
});

const transformBatch = () => Promise.resolve({ rows: 500, good: 500, ignored: 0, bad: 0 });

/** One history for every path through every workflow. */
export const scenarios: readonly Scenario[] = [
  {
    workflow: 'processBatch',
    name: 'all-good',
    run: batchRun(0),
    activities: () => ({ transformBatch, upsertBatch: () => Promise.resolve(allInserted(500)) }),
  },
  {
    workflow: 'processBatch',
    name: 'dead-letters',
    run: batchRun(1),
    activities: () => ({
      transformBatch: () => Promise.resolve({ rows: 500, good: 497, ignored: 0, bad: 3 }),
      upsertBatch: () => Promise.resolve({ ...allInserted(497), rows: 500, deadLettered: 3 }),
    }),
  },
  {
    workflow: 'processBatch',
    name: 'outage-retried',
    run: batchRun(2),
    activities: () => {
      let attempts = 0;
      return {
        transformBatch,
        upsertBatch: () => {
          attempts += 1;
          if (attempts > 2) return Promise.resolve(allInserted(500));
          throw toFailure(new AlirError('MYSQL_UNAVAILABLE', 'MySQL does not answer at localhost:3306.'));
        },
      };
    },
  },
  {
    workflow: 'processBatch',
    name: 'range-gone',
    run: batchRun(3),
    activities: () => ({
      transformBatch: () => {
        throw toFailure(new AlirError('RANGE_GONE', 'Offsets 1000–1499 are no longer in Kafka.'));
      },
      upsertBatch: () => Promise.resolve(allInserted(0)),
    }),
  },
  {
    workflow: 'loadTable',
    name: 'first-load',
    run: loadRun(1, null),
    activities: () => ({ loadRows: () => Promise.resolve({ rows: 4200, chunks: 3 }) }),
  },
  {
    workflow: 'loadTable',
    name: 'read-again-when-maxwell-has-passed',
    run: loadRun(2, 'binlog.000003:4711'),
    activities: () => {
      let attempts = 0;
      return {
        waitForMaxwell: () => Promise.resolve(),
        loadRows: () => {
          attempts += 1;
          if (attempts > 1) return Promise.resolve({ rows: 10, chunks: 1 });
          throw toFailure(new AlirError('TABLE_PAUSED', 'app_producer.orders waits.'));
        },
      };
    },
  },
  {
    workflow: 'refetchRows',
    name: 'rows-that-were-too-large',
    run: {
      workflowId: refetchWorkflowId({ database: 'app_producer', table: 'orders' }),
      args: [{ database: 'app_producer', table: 'orders' }],
    },
    activities: () => ({ refetchRows: () => Promise.resolve({ keys: 2, rows: 1 }) }),
  },
  {
    workflow: 'backfillTable',
    name: 'two-tables-paused-between',
    run: {
      workflowId: backfillWorkflowId('two-tables'),
      args: [
        {
          backfillId: 'two-tables',
          tables: [
            { database: 'app_producer', table: 'orders' },
            { database: 'app_producer', table: 'customers' },
          ],
          rows: 500,
          maxRowsPerSecond: null,
          mostDeletes: 1_000,
        } satisfies BackfillTableInput,
      ],
    },
    activities: () => {
      let slices = 0;
      return {
        ...replayActivities(),
        async backfillSlice() {
          slices += 1;
          await new Promise((resolve) => setTimeout(resolve, 300));
          return { counts: allInserted(100), isDone: slices % 2 === 0 };
        },
      };
    },
    async during(handle) {
      await handle.signal('pauseBackfill');
      await untilState(handle, 'paused');
      await handle.signal('resumeBackfill');
    },
  },
  ...bootstrapScenarios,
  {
    workflow: 'replayRange',
    name: 'completed',
    run: replayRun('completed', { maxRowsPerSecond: null }),
    activities: replayActivities,
  },
  {
    workflow: 'replayRange',
    name: 'paused-and-resumed',
    run: replayRun('paused-and-resumed'),
    activities: replayActivities,
    async during(handle) {
      await handle.signal('pauseBackfill');
      await untilState(handle, 'paused');
      await handle.signal('setBackfillRate', null);
      await handle.signal('resumeBackfill');
    },
  },
  {
    workflow: 'replayRange',
    name: 'cancelled-while-paused',
    run: replayRun('cancelled-while-paused'),
    activities: replayActivities,
    async during(handle) {
      await handle.signal('pauseBackfill');
      await untilState(handle, 'paused');
      await handle.signal('cancelBackfill');
    },
  },
  {
    workflow: 'replayRange',
    name: 'continued-as-new',
    run: replayRun('continued-as-new', { pageOffsets: 6, maxRowsPerSecond: null }),
    activities: replayActivities,
  },
  {
    workflow: 'replayRange',
    name: 'range-gone',
    run: replayRun('range-gone', { maxRowsPerSecond: null }),
    activities: () => ({
      ...replayActivities(),
      replayPage: () => {
        throw toFailure(new AlirError('RANGE_GONE', 'Offset 0 is outside the log, which starts at 500.'));
      },
    }),
  },
  ...redriveScenarios,
  ...verifyScenarios,
];
