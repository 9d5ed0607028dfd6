import { randomUUID } from 'node:crypto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { obtainTemporal } from '../../src/lab/stack/native/obtain/temporal.ts';
import { counts } from './counts.ts';
import {
  taskQueues,
  type BatchRange,
  type EtlActivities,
  type BackfillActivities,
  type ReplicaActivities,
} from '../../temporal/contract.ts';
import { registerSearchAttributes } from '../../temporal/client/search-attributes.ts';
import { ensureWorkflowBundle } from '../../temporal/worker/workflow-bundle.ts';

/** A Temporal dev server of the test file's own, with Alir's search attributes. Close it with `teardown()`. */
export async function startTestTemporal(): Promise<TestWorkflowEnvironment> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const path = await obtainTemporal((line) => process.stderr.write(`${line}\n`));
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path } },
  });
  await registerSearchAttributes(environment.client);
  return environment;
}

/** A worker for the live queue that keeps no workflow in memory: every task replays, so nondeterminism shows. */
export async function testWorker(
  environment: TestWorkflowEnvironment,
  activities: Partial<EtlActivities & ReplicaActivities & BackfillActivities>,
  options: Partial<WorkerOptions> = {},
): Promise<Worker> {
  return Worker.create({
    connection: environment.nativeConnection,
    taskQueue: taskQueues.live,
    workflowBundle: { codePath: await ensureWorkflowBundle() },
    activities,
    maxCachedWorkflows: 0,
    ...options,
  });
}

/** Runs something beside a worker of each queue, as every process of Alir has them. */
export async function withWorkers<T>(
  environment: TestWorkflowEnvironment,
  activities: Partial<EtlActivities & ReplicaActivities & BackfillActivities>,
  work: () => Promise<T>,
): Promise<T> {
  const live = await testWorker(environment, activities);
  const backfills = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: taskQueues.backfill,
    activities,
  });
  return live.runUntil(() => backfills.runUntil(work));
}

/** A range of a topic that no other test uses. */
export function testRange(overrides: Partial<BatchRange> = {}): BatchRange {
  return {
    pipeline: 'orders',
    topic: `orders-${randomUUID()}`,
    topicId: randomUUID(),
    epoch: 1,
    partition: 0,
    first: 1000,
    last: 1499,
    ...overrides,
  };
}

/** The counts of a batch of which every record was inserted. */
export function allInserted(rows: number) {
  return counts({ rows, inserted: rows });
}
