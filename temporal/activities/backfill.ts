import { Context } from '@temporalio/activity';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import type { BackfillActivities, BackfillSliceTask, BackfillState, ReplayPage } from '../contract.ts';

/** What the activities need of the outside world; the worker, as composition root, supplies it. */
export interface BackfillDependencies {
  /** Reads a page of a topic again, and applies it. */
  readonly replayPage: (page: ReplayPage) => Promise<BatchCounts>;
  /** Reads and applies the next rows of a table, for some seconds. */
  readonly backfillSlice: (
    slice: BackfillSliceTask,
    signal: AbortSignal,
  ) => Promise<{ readonly counts: BatchCounts; readonly isDone: boolean }>;
  readonly recordBackfill: (
    id: string,
    state: BackfillState,
    counts: BatchCounts,
    reason: string | null,
  ) => Promise<void>;
}

/** The activities of `replayRange` and `backfillTable`. */
export function createBackfillActivities(dependencies: BackfillDependencies): BackfillActivities {
  return {
    replayPage: (page) => dependencies.replayPage(page),

    async backfillSlice(slice) {
      const { cancellationSignal } = Context.current();
      const result = await dependencies.backfillSlice(slice, cancellationSignal);
      // Whoever cancels it hears of what it has done from the tables, not from here.
      cancellationSignal.throwIfAborted();
      return result;
    },

    recordBackfill: (id, state, counts, reason) => dependencies.recordBackfill(id, state, counts, reason),
  };
}
