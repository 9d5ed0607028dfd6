import { AlirError } from '../../src/errors/alir-error.ts';
import { toFailure } from '../../temporal/activities/interceptors.ts';
import {
  batchWorkflowId,
  loadWorkflowId,
  type EtlActivities,
  type ReplicaActivities,
} from '../../temporal/contract.ts';
import { allInserted, testRange } from './temporal.ts';

/** One recorded history; replay never runs activities, so simple ones do. */
export interface Scenario {
  readonly workflow: 'processBatch' | 'loadTable';
  readonly name: string;
  readonly activities: () => Partial<EtlActivities & ReplicaActivities>;
  /** Id and input of the run. */
  readonly run: { readonly workflowId: string; readonly args: readonly [unknown] };
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
];
