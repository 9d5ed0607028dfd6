import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { addCounts, noCounts, type BatchCounts } from '../../src/pipelines/counts.ts';
import { activityOptions } from '../activity-options.ts';
import {
  searchAttributeKeys,
  taskQueues,
  type BackfillState,
  type ReplayActivities,
  type ReplayInput,
  type ReplayPage,
  type ReplayProgress,
} from '../contract.ts';
import { ReplayCursor } from './replay-cursor.ts';

export const pauseBackfill = defineSignal('pauseBackfill');
export const resumeBackfill = defineSignal('resumeBackfill');
export const cancelBackfill = defineSignal('cancelBackfill');
export const setBackfillRate = defineSignal<[number | null]>('setBackfillRate');
export const backfillProgress = defineQuery<ReplayProgress>('backfillProgress');

const options = { ...activityOptions.load, taskQueue: taskQueues.backfill };
const { replayPage, recordBackfill } = proxyActivities<ReplayActivities>(options);

/** While one page waits for its turn at the table, the next is read and transformed. */
const pagesInFlight = 3;
/** A page takes about seven events: far below the 2,000 that a history should have. */
const pagesPerRun = 150;

/**
 * Reads ranges again through the same path as live batches, several pages at a time: the fences make their order
 * irrelevant. It can be paused, slowed down and cancelled between two pages.
 */
export async function replayRange(input: ReplayInput): Promise<ReplayProgress> {
  const cursor = new ReplayCursor(input.ranges, input.pageOffsets, input.done?.next);
  let counts: BatchCounts = input.done?.counts ?? noCounts;
  let paused = input.done?.paused ?? false;
  let cancelled = false;
  let rate = input.maxRowsPerSecond;
  let failure: Error | null = null;
  let state: BackfillState = paused ? 'paused' : 'running';

  const progress = (): ReplayProgress => ({
    state,
    offsets: cursor.offsets,
    doneOffsets: cursor.doneOffsets,
    counts,
    maxRowsPerSecond: rate,
  });
  const tell = (): void => setCurrentDetails(describe(progress()));
  const enter = async (next: BackfillState, reason: string | null = null): Promise<void> => {
    state = next;
    upsertSearchAttributes([{ key: searchAttributeKeys.BackfillState, value: next }]);
    tell();
    await recordBackfill(input.backfillId, next, counts, reason);
  };
  setHandler(backfillProgress, progress);
  setHandler(pauseBackfill, () => void (paused = true));
  setHandler(resumeBackfill, () => void (paused = false));
  setHandler(cancelBackfill, () => void (cancelled = true));
  setHandler(setBackfillRate, (next) => void (rate = next));

  const inFlight = new Set<Promise<void>>();
  const begin = (): number => {
    const page = cursor.take();
    const { first, last, topic, partition } = page.range;
    const task = { ...input, range: page.range, flag: 'replay' as const, run: input.backfillId };
    const running = replayPage
      .executeWithOptions({ ...options, summary: `${topic}/${partition} · ${first}–${last}` }, [pageOf(task)])
      .then((pageCounts) => {
        cursor.finish(page);
        counts = addCounts(counts, pageCounts);
        tell();
      })
      .catch((error: Error) => void (failure ??= error))
      .finally(() => inFlight.delete(running));
    inFlight.add(running);
    return last - first + 1;
  };
  const isStopped = (): boolean => cancelled || failure !== null;
  const drained = (): Promise<void> => condition(() => inFlight.size === 0);

  let begun = 0;
  try {
    while (cursor.hasMore && !isStopped()) {
      if (paused) {
        await drained();
        await enter('paused');
        await condition(() => !paused || cancelled);
        if (!cancelled) await enter('running');
        continue;
      }
      if (begun >= pagesPerRun) {
        await drained();
        if (isStopped()) break;
        const done = { next: cursor.next, counts, paused };
        return await continueAsNew<typeof replayRange>({ ...input, maxRowsPerSecond: rate, done });
      }
      const offsets = begin();
      begun += 1;
      // With a rate, the next page waits for as long as this one may take; a change of the rate is heeded at once.
      if (rate !== null) {
        const asked: number = rate;
        await condition(() => paused || cancelled || rate !== asked, (1000 * offsets) / asked);
      }
      await condition(() => inFlight.size < pagesInFlight || isStopped());
    }
    await drained();
  } catch (error) {
    if (!isCancellation(error)) throw error;
    failure ??= error as Error;
  }
  if (failure === null) {
    await enter(cancelled && cursor.hasMore ? 'cancelled' : 'completed');
    return progress();
  }
  // Cancelled by the Web UI or the `temporal` command: what the bookkeeping says must be true all the same.
  const isCancelled = isCancellation(failure);
  const known = failureOf(failure);
  await CancellationScope.nonCancellable(async () => {
    await drained();
    await enter(isCancelled ? 'cancelled' : 'failed', isCancelled ? null : known.message);
  });
  throw isCancelled ? failure : known;
}

function pageOf({ range, flag, syncAt, run, rewrite, sink, dryRun }: ReplayPage): ReplayPage {
  return { range, flag, syncAt, run, rewrite, sink, dryRun };
}

/** What a page failed with: the sentence and the code that its activity gave it. */
function failureOf(failure: unknown): ApplicationFailure {
  const cause = failure instanceof ActivityFailure ? failure.cause : failure;
  const known = cause instanceof ApplicationFailure ? cause : null;
  return ApplicationFailure.nonRetryable(known?.message ?? 'A page failed.', known?.type ?? 'UNEXPECTED');
}

function describe({ state, offsets, doneOffsets, counts, maxRowsPerSecond }: ReplayProgress): string {
  const share = offsets === 0 ? 100 : Math.floor((100 * doneOffsets) / offsets);
  const rate = maxRowsPerSecond === null ? '' : `, at most ${maxRowsPerSecond} rows a second`;
  return [
    `**${state}**: ${doneOffsets} of ${offsets} offsets (${share} %)${rate}`,
    '',
    '| outcome | records |',
    '|---|---:|',
    ...Object.entries(counts)
      .filter(([, figure]) => figure > 0)
      .map(([name, figure]) => `| ${name} | ${figure} |`),
  ].join('\n');
}
