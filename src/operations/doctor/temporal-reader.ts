import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { readCurrentBuild } from '../../../temporal/client/builds.ts';
import { connectTemporal, toTemporalError } from '../../../temporal/client/connection.ts';
import type { Config } from '../../config/load-config.ts';
import { endedWorkers, hasEndedHere, readWorkerSigns } from './ended-workers.ts';

/** A worker that asks a task queue for work. */
export interface Poller {
  readonly identity: string;
  /** When it last asked, milliseconds since 1970; null: not said. A poll lasts a minute. */
  readonly lastAccess: number | null;
  /** Whether it is known to have ended: Temporal lists it for five more minutes. */
  readonly hasEnded: boolean;
}

/** Asks Temporal. Every method throws AlirError TEMPORAL_UNAVAILABLE. */
export interface TemporalReader {
  /** Resolves when the frontend answers. */
  reach(): Promise<void>;
  /** Days for which the namespace keeps closed workflows; null: not said. */
  retentionDays(): Promise<number | null>;
  /** Type of each custom search attribute by its name: `KEYWORD`, `INT`, … */
  searchAttributes(): Promise<ReadonlyMap<string, string>>;
  pollers(taskQueue: string, kind: 'workflow' | 'activity'): Promise<Poller[]>;
  /** The build whose workers get the work; '' for workers without versions. */
  currentBuild(): Promise<string>;
}

const { TaskQueueType, IndexedValueType } = proto.temporal.api.enums.v1;
const kinds = {
  workflow: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  activity: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
} as const;

/** Nothing is connected yet. */
export function openTemporalReader(config: Config): TemporalReader & { close(): Promise<void> } {
  const namespace = config.settings.TEMPORAL_NAMESPACE;
  let connecting: Promise<Client> | undefined;

  async function ask<T>(question: (client: Client) => Promise<T>): Promise<T> {
    try {
      connecting ??= connectTemporal(config);
      return await question(await connecting);
    } catch (error) {
      throw toTemporalError(config, error);
    }
  }

  return {
    reach: () => ask(() => Promise.resolve()),
    retentionDays: () =>
      ask(async ({ workflowService }) => {
        const answer = await workflowService.describeNamespace({ namespace });
        const seconds = answer.config?.workflowExecutionRetentionTtl?.seconds;
        return seconds ? Number(seconds) / 86_400 : null;
      }),
    searchAttributes: () =>
      ask(async ({ connection }) => {
        const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
        return new Map(
          Object.entries(customAttributes ?? {}).map(([name, type]) => [
            name,
            (IndexedValueType[type] ?? String(type)).replace('INDEXED_VALUE_TYPE_', ''),
          ]),
        );
      }),
    pollers: (taskQueue, kind) =>
      ask(async ({ workflowService }) => {
        const { pollers } = await workflowService.describeTaskQueue({
          namespace,
          taskQueue: { name: taskQueue },
          taskQueueType: kinds[kind],
        });
        if (!pollers?.length) return [];
        const ended = endedWorkers(await readWorkerSigns(workflowService, namespace), Date.now());
        return pollers.map(({ identity, lastAccessTime }) => ({
          identity: identity ?? '',
          lastAccess: lastAccessTime?.seconds ? Number(lastAccessTime.seconds) * 1000 : null,
          hasEnded: ended.has(identity ?? '') || hasEndedHere(identity ?? ''),
        }));
      }),
    currentBuild: () => ask(({ workflowService }) => readCurrentBuild(workflowService, namespace)),
    async close() {
      // What could not be connected has been reported by the check that asked.
      await connecting?.then((client) => client.connection.close()).catch(() => undefined);
    },
  };
}
