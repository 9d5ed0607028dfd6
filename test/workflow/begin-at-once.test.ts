import { Client } from '@temporalio/client';
import { expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../src/observability/logger.ts';
import { batchWorkflowId, taskQueues } from '../../temporal/contract.ts';
import { runBatch } from '../../temporal/client/run-batch.ts';
import { placesOf } from '../../temporal/worker/worker.ts';
import { allInserted, startTestTemporal, testRange, testWorker } from '../support/temporal.ts';

const ours = placesOf.live;
const { maxConcurrentActivityTaskExecutions, maxCachedWorkflows } = ours;
const activityTask = 2; // a TaskQueueType of Temporal's API
const [worker, starter] = ['the worker', 'the client that starts'];

test.each([
  ['as Alir has it', { startsEagerly: true, places: ours, firstTaskOf: starter, isQueued: false }],
  [
    'started by another process',
    { startsEagerly: false, places: ours, firstTaskOf: worker, isQueued: false },
  ],
  [
    "with the SDK's own number of pollers",
    {
      startsEagerly: true,
      places: { maxConcurrentActivityTaskExecutions, maxCachedWorkflows },
      firstTaskOf: starter,
      isQueued: true,
    },
  ],
])(
  'a batch and its activities begin without a way through the queue: %s',
  async (_, { startsEagerly, places, firstTaskOf, isQueued }) => {
    const environment = await startTestTemporal();
    onTestFinished(() => environment.teardown());
    const client = new Client({ connection: environment.nativeConnection, identity: starter });
    const activities = {
      transformBatch: () => Promise.resolve({ rows: 1, good: 1, ignored: 0, bad: 0 }),
      upsertBatch: () => Promise.resolve(allInserted(1)),
    };
    const options = { ...places, identity: worker };
    const running = await testWorker(environment, activities, options);
    const auditedEnd = () => Promise.resolve(null);
    await running.runUntil(async () => {
      const starters: unknown[] = [];
      for (let batch = 0; batch < 3; batch += 1) {
        const range = testRange();
        const logger = createLogger('silent');
        await runBatch(
          { client, startsEagerly, logger, auditedEnd },
          range,
          500,
          new AbortController().signal,
        );
        starters.push(await firstTaskStarter(client, batchWorkflowId(range)));
      }
      expect(new Set(starters)).toEqual(new Set([firstTaskOf]));
      const { stats } = await client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: taskQueues.live },
        taskQueueType: activityTask,
        reportStats: true,
      });
      expect((stats?.tasksAddRate ?? 0) > 0).toBe(isQueued);
    });
  },
);

/** Who has taken the first workflow task: whoever asked the queue for it, or whoever got it with its start. */
async function firstTaskStarter(client: Client, workflowId: string): Promise<string | null | undefined> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return events?.find((event) => event.workflowTaskStartedEventAttributes)?.workflowTaskStartedEventAttributes
    ?.identity;
}
