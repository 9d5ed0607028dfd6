/** Worker Versioning: which build of Alir gets tasks. docs/decisions/2026-11-30-the-current-build.md */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Config } from '../../src/config/load-config.ts';
import { taskQueues } from '../contract.ts';
import { ensureWorkflowBundle } from '../worker/workflow-bundle.ts';

/** Name under which Worker Versioning knows Alir's workers. */
export const deploymentName = 'alir';

/** Stands for workers without versions. */
export const unversioned = '';

/** Build id of this code: what the workflows are made of decides, not the time of the build. */
export function buildIdOf(bundlePath: string): string {
  return createHash('sha256').update(readFileSync(bundlePath)).digest('hex').slice(0, 16);
}

/** The build that workers with these settings are of. */
export async function ownBuild({ settings }: Config): Promise<string> {
  return settings.ALIR_VERSIONING ? buildIdOf(await ensureWorkflowBundle()) : unversioned;
}

type Service = Pick<Client['workflowService'], 'describeTaskQueue'>;

/** The build whose workers get the tasks of the live queue. Throws what the client throws. */
export async function readCurrentBuild(service: Service, namespace: string): Promise<string> {
  const { versioningInfo } = await service.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueues.live },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  return versioningInfo?.currentDeploymentVersion?.buildId ?? unversioned;
}

/**
 * Makes a build the current one, unless another one becomes it meanwhile.
 *
 * @param mayReplace whether it may take the place of this one
 * @returns whether it is the current one now
 * @throws what the client throws, as long as the build has never had a poller too
 */
export async function setCurrentBuild(
  { workflowService: service }: Client,
  namespace: string,
  build: string,
  mayReplace: (current: string) => Promise<boolean>,
): Promise<boolean> {
  const { conflictToken, workerDeploymentInfo } = await service.describeWorkerDeployment({
    namespace,
    deploymentName,
  });
  const current = workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? unversioned;
  if (current === build) return true;
  if (!(await mayReplace(current))) return false;
  await service.setWorkerDeploymentCurrentVersion({
    namespace,
    deploymentName,
    buildId: build,
    conflictToken: conflictToken ?? null,
    ignoreMissingTaskQueues: true,
  });
  return true;
}
