import { Context } from '@temporalio/activity';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import type { BootstrapActivities, BootstrapChunkTask } from '../contract.ts';

/** What the activity needs of the outside world; the worker, as composition root, supplies it. */
export interface BootstrapDependencies {
  /** Has Maxwell send the next rows of a table, and waits until they are applied. */
  readonly bootstrapChunk: (
    task: BootstrapChunkTask,
    stop: { readonly signal: AbortSignal; readonly isForGood: () => boolean },
  ) => Promise<{ readonly counts: BatchCounts; readonly isDone: boolean }>;
}

/** The activity of `backfillTable` that goes through Maxwell. */
export function createBootstrapActivities(dependencies: BootstrapDependencies): BootstrapActivities {
  return {
    bootstrapChunk(task) {
      const context = Context.current();
      return dependencies.bootstrapChunk(task, {
        signal: context.cancellationSignal,
        // A worker that shuts down, or was thought dead, leaves the bootstrap to the next attempt.
        isForGood: () => context.cancellationDetails?.cancelRequested ?? false,
      });
    },
  };
}
