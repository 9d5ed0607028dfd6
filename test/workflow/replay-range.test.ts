import { WorkflowFailedError, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AlirError } from '../../src/errors/alir-error.ts';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import { toFailure } from '../../temporal/activities/interceptors.ts';
import {
  backfillWorkflowId,
  taskQueues,
  type BackfillState,
  type ReplayInput,
  type ReplayPage,
} from '../../temporal/contract.ts';
import {
  backfillProgress,
  cancelBackfill,
  pauseBackfill,
  resumeBackfill,
  setBackfillRate,
} from '../../temporal/workflows/backfill-control.ts';
import type { replayRange } from '../../temporal/workflows/replay-range.ts';
import { allInserted, withWorkers, startTestTemporal, testRange } from '../support/temporal.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await startTestTemporal();
});
afterAll(() => environment?.teardown());

type Handle = WorkflowHandleWithFirstExecutionRunId<typeof replayRange>;

interface Run {
  readonly pages: ReplayPage[];
  readonly states: BackfillState[];
  readonly handle: Handle;
}

let ids = 0;

/** Runs a replay of 1,000 offsets in each range; `page` stands for what a page does. */
async function replay<T>(
  input: Partial<ReplayInput>,
  page: (page: ReplayPage, index: number) => Promise<BatchCounts>,
  follow: (run: Run) => Promise<T>,
): Promise<T & Run> {
  const pages: ReplayPage[] = [];
  const states: BackfillState[] = [];
  const backfillId = `test-${process.pid}-${(ids += 1)}`;
  const run = await withWorkers(
    environment,
    {
      replayPage: (each) => page(each, pages.push(each) - 1),
      backfillSlice: () => Promise.reject(new Error('not of a replay')),
      recordBackfill: (_id, state) => Promise.resolve(void states.push(state)),
    },
    async () => {
      const handle = await environment.client.workflow.start<typeof replayRange>('replayRange', {
        workflowId: backfillWorkflowId(backfillId),
        taskQueue: taskQueues.live,
        args: [
          {
            backfillId,
            ranges: [testRange({ first: 0, last: 999 })],
            syncAt: '2026-11-23T01:16:30.250Z',
            rewrite: true,
            sink: 'table',
            dryRun: false,
            pageOffsets: 100,
            maxRowsPerSecond: null,
            ...input,
          },
        ],
      });
      return { ...(await follow({ pages, states, handle })), pages, states, handle };
    },
  );
  return run;
}

const offsetsOf = (pages: readonly ReplayPage[]): number[][] =>
  pages.map(({ range }) => [range.first, range.last]).sort(([a = 0], [b = 0]) => a - b);

const whole = (page: ReplayPage): Promise<BatchCounts> =>
  Promise.resolve(allInserted(page.range.last - page.range.first + 1));

test('every offset is in one page, and the counts are summed', async () => {
  const ranges = [testRange({ first: 0, last: 249 }), testRange({ partition: 1, first: 7, last: 106 })];
  const { pages, states, result } = await replay({ ranges }, whole, async ({ handle }) => ({
    result: await handle.result(),
  }));
  expect(offsetsOf(pages)).toEqual([
    [0, 99],
    [7, 106],
    [100, 199],
    [200, 249],
  ]);
  expect(result).toMatchObject({
    state: 'completed',
    done: 350,
    counts: { rows: 350, inserted: 350 },
  });
  expect(states).toEqual(['completed']);
});

test('a pause lets the pages in hand finish and begins no other until it is resumed', async () => {
  const { pages, states } = await replay(
    { maxRowsPerSecond: 1_000 },
    whole,
    async ({ handle, states, pages }) => {
      await handle.signal(pauseBackfill);
      await until(() => states.includes('paused'));
      const atPause = pages.length;
      expect(await handle.query(backfillProgress)).toMatchObject({
        state: 'paused',
        done: atPause * 100,
      });
      await handle.signal(resumeBackfill);
      await handle.signal(setBackfillRate, null);
      await handle.result();
      expect(atPause).toBeLessThan(10);
      return {};
    },
  );
  expect(pages).toHaveLength(10);
  expect(states).toEqual(['paused', 'running', 'completed']);
});

test('a cancelled replay ends after the pages in hand, as cancelled', async () => {
  const { pages, states, result } = await replay(
    { maxRowsPerSecond: 100 },
    whole,
    async ({ handle, pages }) => {
      await until(() => pages.length > 0);
      await handle.signal(cancelBackfill);
      return { result: await handle.result() };
    },
  );
  expect(pages.length).toBeLessThan(10);
  expect(result).toMatchObject({ state: 'cancelled', done: pages.length * 100 });
  expect(states).toEqual(['cancelled']);
});

test("Temporal's own cancel is written down too", async () => {
  const { states } = await replay({ maxRowsPerSecond: 100 }, whole, async ({ handle, pages }) => {
    await until(() => pages.length > 0);
    await handle.cancel();
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
    return {};
  });
  expect(states).toEqual(['cancelled']);
});

test('a range that has gone fails the replay with its sentence, and no page begins after it', async () => {
  const page = (each: ReplayPage, index: number): Promise<BatchCounts> => {
    if (index === 2) throw toFailure(new AlirError('RANGE_GONE', 'Offset 200 is outside the log.'));
    return whole(each);
  };
  const { states, error, pages } = await replay({}, page, async ({ handle }) => ({
    error: (await handle.result().catch((reason: unknown) => reason)) as WorkflowFailedError,
  }));
  expect(error.cause).toBeInstanceOf(ApplicationFailure);
  expect((error.cause as ApplicationFailure).type).toBe('RANGE_GONE');
  expect(states).toEqual(['failed']);
  expect(pages.length).toBeLessThan(7);
});

test('a long replay goes on as a new run, with its counts, and does no page twice', async () => {
  const ranges = [testRange({ first: 0, last: 1_599 })];
  const { pages, result, histories } = await replay(
    { ranges, pageOffsets: 10 },
    whole,
    async ({ handle }) => {
      const last = await handle.result();
      const first = environment.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
      return { result: last, histories: await first.fetchHistory() };
    },
  );
  expect(new Set(pages.map(({ range }) => range.first)).size).toBe(160);
  expect(pages).toHaveLength(160);
  expect(result).toMatchObject({ done: 1_600, counts: { rows: 1_600 } });
  expect(histories.events?.length).toBeLessThan(2_000);
}, 120_000);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
