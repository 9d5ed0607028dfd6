import { Context } from '@temporalio/activity';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import type { BackfillActivities, BackfillSliceTask, BackfillState, ReplayPage } from '../contract.ts';
import type { ActivityDependencies, ApplyResult, TransformedBatch } from './dependencies.ts';
import { deadLetters, transform } from './process-batch.ts';

/** What the activities need of the outside world; the worker, as composition root, supplies it. */
export interface BackfillDependencies extends ActivityDependencies {
  /** Applies a page, or finds out what applying it would come to where it does not go to the table. */
  readonly applyPage: (page: ReplayPage, batch: TransformedBatch) => Promise<ApplyResult>;
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

/**
 * The activities of `replayRange` and `backfillTable`. A page is read from Kafka, computed and applied in one go: other than a live batch
 * it has nobody who waits for its first half, and no cache may serve it, since the transform may have been mended.
 */
export function createBackfillActivities(dependencies: BackfillDependencies): BackfillActivities {
  return {
    async replayPage(page): Promise<BatchCounts> {
      const batch = await transform(dependencies, page, await dependencies.readRange(page.range));
      const { counts, rejected } = await dependencies.applyPage(page, batch);
      if (page.dryRun) return counts;
      if (page.sink !== 'table') {
        const pipeline = dependencies.pipeline(page.range.pipeline);
        await dependencies.publish(
          pipeline,
          batch.rows.filter((_, index) => !rejected.has(index)),
        );
      }
      if (page.sink !== 'topic')
        await dependencies.publishDeadLetters(page, deadLetters(batch.rows, rejected));
      return counts;
    },

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
