import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { AlirError } from '../../src/errors/alir-error.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { toFailure } from '../../temporal/activities/interceptors.ts';
import {
  batchWorkflowId,
  searchAttributeKeys,
  type BatchRange,
  type BatchTask,
} from '../../temporal/contract.ts';
import { runBatch } from '../../temporal/client/run-batch.ts';
import { allInserted, startTestTemporal, testRange, testWorker } from '../support/temporal.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await startTestTemporal();
});
afterAll(() => environment?.teardown());

const logger = createLogger('silent');
const never = new AbortController().signal;

function runner(auditedEnd: (range: BatchRange) => Promise<number | null> = () => Promise.resolve(null)) {
  return (range: BatchRange, signal = never) =>
    runBatch({ client: environment.client, startsEagerly: false, logger, auditedEnd }, range, 500, signal);
}

/** A worker whose loads wait until the test lets them go; it notes the ranges that were loaded. */
async function heldWorker() {
  const loaded: BatchTask[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const worker = await testWorker(environment, {
    transformBatch: () => Promise.resolve({ rows: 1, good: 1, ignored: 0, bad: 0 }),
    upsertBatch: async (task) => {
      await gate;
      loaded.push(task);
      return allInserted(1);
    },
  });
  return { worker, loaded, release };
}

test('a run of the same first offset that is under way is waited for, and its end counts', async () => {
  const range = testRange();
  const { worker, loaded, release } = await heldWorker();
  await worker.runUntil(async () => {
    const first = runner()(range);
    await started(range);
    const second = runner()({ ...range, last: 9999 });
    release();
    expect(await Promise.all([first, second])).toEqual([{ last: 1499 }, { last: 1499 }]);
  });
  expect(loaded).toHaveLength(1);
});

test('a batch starts with no dead letters, and its workflow counts those that it finds', async () => {
  const [good, poisoned] = [testRange(), testRange()];
  const worker = await testWorker(environment, {
    transformBatch: () => Promise.resolve({ rows: 5, good: 5, ignored: 0, bad: 0 }),
    upsertBatch: ({ range }) =>
      Promise.resolve({ ...allInserted(2), deadLettered: range.topic === good.topic ? 0 : 3 }),
  });
  const running = Promise.all([runner()(good), runner()(poisoned)]);
  await started(poisoned);
  expect(await deadLettered(poisoned)).toBe(0);
  await worker.runUntil(running);
  expect(await deadLettered(good)).toBe(0);
  expect(await deadLettered(poisoned)).toBe(3);
});

test('a completed range is run again with its own end when its offset comes again', async () => {
  const range = testRange();
  const { worker, loaded, release } = await heldWorker();
  release();
  await worker.runUntil(async () => {
    await runner()(range);
    expect(await runner()({ ...range, last: 1200 })).toEqual({ last: 1499 });
  });
  expect(loaded.map((task) => task.range.last)).toEqual([1499, 1499]);
  expect(new Set(loaded.map((task) => task.run)).size).toBe(2);
});

test('a terminated batch is run again, the same range, before anyone is told that it is done', async () => {
  const range = testRange();
  const { worker, loaded, release } = await heldWorker();
  await worker.runUntil(async () => {
    const done = runner()(range);
    await started(range);
    await environment.client.workflow.getHandle(batchWorkflowId(range)).terminate('by hand');
    release();
    expect(await done).toEqual({ last: 1499 });
  });
  const ranges = new Set(loaded.map((task) => `${task.range.first}-${task.range.last}`));
  expect([...ranges]).toEqual(['1000-1499']);
  const description = await environment.client.workflow.getHandle(batchWorkflowId(range)).describe();
  expect(description.status.name).toBe('COMPLETED');
});

test('where Temporal has forgotten the run, the audit trail tells its end', async () => {
  const { worker, loaded, release } = await heldWorker();
  release();
  const result = await worker.runUntil(runner(() => Promise.resolve(1234))(testRange()));
  expect(result).toEqual({ last: 1234 });
  expect(loaded[0]?.range.last).toBe(1234);
});

test('an audit trail that does not answer is asked again: no batch starts without it', async () => {
  let asked = 0;
  const { worker, release } = await heldWorker();
  release();
  const auditedEnd = () => (++asked < 3 ? Promise.reject(new Error('down')) : Promise.resolve(null));
  expect(await worker.runUntil(runner(auditedEnd)(testRange()))).toEqual({ last: 1499 });
  expect(asked).toBe(3);
});

test('a range that retention has removed is reported, not run for ever', async () => {
  const worker = await testWorker(environment, {
    transformBatch: () => {
      throw toFailure(new AlirError('RANGE_GONE', 'Offset 1000 is outside the log.'));
    },
  });
  await worker.runUntil(async () => {
    await expect(runner()(testRange())).rejects.toMatchObject({ code: 'RANGE_GONE' });
  });
});

test('the end of a batch that Temporal does not tell is asked for again', async () => {
  const { worker, release } = await heldWorker();
  release();
  const waiting = vi.spyOn(environment.client.workflowService, 'getWorkflowExecutionHistory');
  onTestFinished(() => waiting.mockRestore());
  waiting.mockImplementationOnce(() => new Promise(() => undefined));
  expect(await worker.runUntil(runner()(testRange()))).toEqual({ last: 1499 });
  expect(waiting).toHaveBeenCalledTimes(2);
});

test('who stops waiting leaves the run alone', async () => {
  const range = testRange();
  const controller = new AbortController();
  const waiting = runner()(range, controller.signal);
  await started(range);
  controller.abort(new Error('session over'));
  await expect(waiting).rejects.toThrow('session over');
  const handle = environment.client.workflow.getHandle(batchWorkflowId(range));
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await handle.terminate();
});

async function deadLettered(range: BatchRange): Promise<number | undefined> {
  const description = await environment.client.workflow.getHandle(batchWorkflowId(range)).describe();
  return description.typedSearchAttributes.get(searchAttributeKeys.DeadLettered);
}

async function started(range: BatchRange): Promise<void> {
  await expect
    .poll(() =>
      environment.client.workflow
        .getHandle(batchWorkflowId(range))
        .describe()
        .then(
          (description) => description.status.name,
          () => 'NOT STARTED',
        ),
    )
    .toBe('RUNNING');
}
