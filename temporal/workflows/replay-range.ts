import { condition, continueAsNew, isCancellation, proxyActivities } from '@temporalio/workflow';
import { addCounts, noCounts } from '../../src/pipelines/counts.ts';
import { activityOptions } from '../activity-options.ts';
import {
  taskQueues,
  type BackfillActivities,
  type BackfillProgress,
  type ReplayInput,
  type ReplayPage,
} from '../contract.ts';
import { BackfillControl, recordOf } from './backfill-control.ts';
import { ReplayCursor } from './replay-cursor.ts';

const options = { ...activityOptions.upsert, taskQueue: taskQueues.backfill };
const { replayPage } = proxyActivities<BackfillActivities>(options);

/** While one page waits for its turn at the table, the next is read and transformed. */
const pagesInFlight = 3;
/** A page takes about seven events: far below the 2,000 that a history should have. */
const pagesPerRun = 150;

/**
 * Reads ranges again through the same path as live batches, several pages at a time: the fences make their order
 * irrelevant. It can be paused, slowed down and cancelled between two pages.
 */
export async function replayRange(input: ReplayInput): Promise<BackfillProgress> {
  const cursor = new ReplayCursor(input.ranges, input.pageOffsets, input.done?.next);
  const { maxRowsPerSecond } = input;
  const initial = { paused: false, counts: noCounts, ...input.done, maxRowsPerSecond };
  const control = new BackfillControl(
    initial,
    () => ({ total: cursor.offsets, done: cursor.doneOffsets }),
    recordOf(input.backfillId),
  );

  const inFlight = new Set<Promise<void>>();
  const drained = (): Promise<void> => condition(() => inFlight.size === 0);
  const begin = (): number => {
    const page = cursor.take();
    const { first, last, topic, partition } = page.range;
    const task = { ...input, range: page.range, flag: 'replay' as const, run: input.backfillId };
    const running = replayPage
      .executeWithOptions({ ...options, summary: `${topic}/${partition} · ${first}–${last}` }, [pageOf(task)])
      .then((counts) => {
        cursor.finish(page);
        control.counts = addCounts(control.counts, counts);
        control.tell();
      })
      .catch((error: Error) => void (control.failure ??= error))
      .finally(() => inFlight.delete(running));
    inFlight.add(running);
    return last - first + 1;
  };

  let begun = 0;
  try {
    while (cursor.hasMore && !control.isStopped) {
      if (control.paused) {
        await drained();
        await control.enter('paused');
        await condition(() => !control.paused || control.cancelled);
        if (!control.cancelled) await control.enter('running');
        continue;
      }
      if (begun >= pagesPerRun) {
        await drained();
        if (control.isStopped) break;
        const { counts, paused, rate } = control;
        const done = { next: cursor.next, counts, paused };
        return await continueAsNew<typeof replayRange>({ ...input, maxRowsPerSecond: rate, done });
      }
      const offsets = begin();
      begun += 1;
      const { rate } = control;
      // With a rate, the next page waits for as long as this one may take; a change of the rate is heeded at once.
      if (rate !== null) {
        const isHeeded = (): boolean => control.paused || control.cancelled || control.rate !== rate;
        await condition(isHeeded, (1000 * offsets) / rate);
      }
      await condition(() => inFlight.size < pagesInFlight || control.isStopped);
    }
    await drained();
  } catch (error) {
    if (!isCancellation(error)) throw error;
    control.failure ??= error as Error;
  }
  return control.end(!cursor.hasMore, drained);
}

function pageOf({ range, flag, syncAt, run, rewrite, sink, dryRun }: ReplayPage): ReplayPage {
  return { range, flag, syncAt, run, rewrite, sink, dryRun };
}
