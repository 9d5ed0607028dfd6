/** Composition root of the worker: Temporal on one side, Kafka and MySQL on the other. */
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Config } from '../../src/config/load-config.ts';
import type { Logger } from '../../src/observability/logger.ts';
import { activityGate } from '../activities/interceptors.ts';
import { createBootstrapActivities } from '../activities/maxwell-bootstrap.ts';
import { createLoadActivities } from '../activities/load-table.ts';
import { createBatchActivities } from '../activities/process-batch.ts';
import { createBackfillActivities } from '../activities/backfill.ts';
import { createVerifyActivities } from '../activities/verify-table.ts';
import { buildIdOf, deploymentName } from '../client/builds.ts';
import { taskQueues } from '../contract.ts';
import type { BackfillWork } from '../activities/backfill-work.ts';
import type { BatchResources, SourceResources } from '../activities/resources.ts';
import { ensureWorkflowBundle } from './workflow-bundle.ts';

/** What a worker of a queue does. */
export type Work =
  | { readonly queue: 'live'; readonly resources: BatchResources }
  | { readonly queue: 'backfill'; readonly resources: SourceResources; readonly backfills: BackfillWork };

/** Each poller reserves a slot, and one more waits with its own. */
const activityTaskPollerBehavior = { type: 'simple-maximum', maximum: 2 } as const;

/**
 * How much a worker of a queue has at work. What comes with an answer, and not by way of the queue, needs a place that no
 * poller holds (docs/decisions/2026-11-28-batches-begin-at-once.md); of workflow tasks, too, whose places are as many as
 * the cache has, 40 at most, and whose pollers hold eleven.
 */
export const placesOf = {
  /** A batch holds megabytes: few at a time keep memory bounded, and one core is busy with three. */
  live: { maxConcurrentActivityTaskExecutions: 6, activityTaskPollerBehavior, maxCachedWorkflows: 200 },
  /** One load at work, and a replay with a page that applies while the next is computed. */
  backfill: { maxConcurrentActivityTaskExecutions: 3, activityTaskPollerBehavior },
} as const satisfies Record<Work['queue'], Partial<WorkerOptions>>;

/**
 * A worker for one of the queues. `run()` it; `shutdown()` lets activities finish within the grace time.
 *
 * @throws AlirError TEMPORAL_UNAVAILABLE
 */
export async function createWorker(
  config: Config,
  connection: NativeConnection,
  work: Work,
  logger: Logger,
): Promise<Worker> {
  const codePath = await ensureWorkflowBundle();
  return Worker.create({
    connection,
    namespace: config.settings.TEMPORAL_NAMESPACE,
    taskQueue: taskQueues[work.queue],
    ...(work.queue === 'live'
      ? {
          workflowBundle: { codePath },
          activities: createBatchActivities(work.resources),
        }
      : {
          activities: {
            ...createLoadActivities(work.resources, work.backfills),
            ...createBackfillActivities(work.resources, work.backfills),
            ...createBootstrapActivities(work.resources),
            ...createVerifyActivities(work.resources),
          },
        }),
    interceptors: { activity: [(context) => ({ inbound: activityGate(context, logger) })] },
    shutdownGraceTime: config.settings.ALIR_SHUTDOWN_GRACE_SECONDS * 1000,
    ...placesOf[work.queue],
    ...versioningOf(config, codePath),
  });
}

/**
 * Worker Versioning. `processBatch` moves to the newest build by itself (AUTO_UPGRADE), which the replay tests make
 * safe: a batch that is pinned to a build hangs when that build is gone.
 */
function versioningOf(config: Config, codePath: string): Partial<WorkerOptions> {
  if (!config.settings.ALIR_VERSIONING) return {};
  return {
    workerDeploymentOptions: {
      version: { deploymentName, buildId: buildIdOf(codePath) },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  };
}
