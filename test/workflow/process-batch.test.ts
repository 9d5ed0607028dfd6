import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AlirError } from '../../src/errors/alir-error.ts';
import { toFailure } from '../../temporal/activities/interceptors.ts';
import {
  batchWorkflowId,
  searchAttributeKeys,
  taskQueues,
  type BatchRange,
  type BatchTask,
  type EtlActivities,
} from '../../temporal/contract.ts';
import type { processBatch } from '../../temporal/workflows/process-batch.ts';
import { allInserted, startTestTemporal, testRange, testWorker } from '../support/temporal.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await startTestTemporal();
});
afterAll(() => environment?.teardown());

const transformed = { rows: 500, good: 500, ignored: 0, bad: 0 };

async function run(range: BatchRange, activities: EtlActivities) {
  const worker = await testWorker(environment, activities);
  const workflowId = batchWorkflowId(range);
  return worker.runUntil(async () => {
    const handle = await environment.client.workflow.start<typeof processBatch>('processBatch', {
      workflowId,
      taskQueue: taskQueues.live,
      args: [{ range, flag: 'live', syncAt: '2026-11-23T01:16:30.250Z' }],
    });
    const counts = await handle.result();
    const history = await handle.fetchHistory();
    const description = await handle.describe();
    return { counts, history, description };
  });
}

test('a batch returns its counts, and its history stays under 20 events', async () => {
  const tasks: BatchTask[] = [];
  const { counts, history } = await run(testRange(), {
    transformBatch: (task) => Promise.resolve((tasks.push(task), transformed)),
    upsertBatch: (task) => Promise.resolve((tasks.push(task), allInserted(500))),
  });
  expect(counts).toEqual(allInserted(500));
  expect(history.events?.length).toBeLessThan(20);
  expect(tasks).toHaveLength(2);
  expect(tasks[0]).toEqual(tasks[1]);
  expect(tasks[0]?.run).toMatch(/^[0-9a-f-]{36}$/);
});

test('dead letters are found by the search attribute DeadLettered', async () => {
  const { description, history } = await run(testRange(), {
    transformBatch: () => Promise.resolve(transformed),
    upsertBatch: () => Promise.resolve({ ...allInserted(497), rows: 500, deadLettered: 3 }),
  });
  expect(description.typedSearchAttributes.get(searchAttributeKeys.DeadLettered)).toBe(3);
  expect(history.events?.length).toBeLessThan(20);
});

test('an outage is retried, and the history says why in plain words', async () => {
  let attempts = 0;
  const { counts } = await run(testRange(), {
    transformBatch: () => Promise.resolve(transformed),
    upsertBatch: () => {
      attempts += 1;
      if (attempts < 3)
        throw toFailure(new AlirError('MYSQL_UNAVAILABLE', 'MySQL does not answer at localhost:3306.'));
      return Promise.resolve(allInserted(500));
    },
  });
  expect(attempts).toBe(3);
  expect(counts.inserted).toBe(500);
});

test('what waiting cannot mend fails the batch with its code', async () => {
  const range = testRange();
  const failed = run(range, {
    transformBatch: () => {
      throw toFailure(new AlirError('RANGE_GONE', 'Offsets 1000–1499 are no longer in Kafka.'));
    },
    upsertBatch: () => Promise.resolve(allInserted(0)),
  });
  const error: unknown = await failed.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  const cause = (error as WorkflowFailedError).cause?.cause;
  expect(cause).toBeInstanceOf(ApplicationFailure);
  expect((cause as ApplicationFailure).type).toBe('RANGE_GONE');
});

test('an unknown error leaves no message of its own in the history: it may quote a row', () => {
  const failure = toFailure(new TypeError("cannot read 'budi@kampus.ac.id'"));
  expect(JSON.stringify([failure.message, failure.stack, failure.cause, failure.details])).not.toContain(
    'budi',
  );
  expect(failure.type).toBe('UNEXPECTED');
});
