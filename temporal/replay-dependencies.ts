import { recordBackfill } from '../src/database/backfills.ts';
import type { ReplayDependencies } from './activities/replay-range.ts';
import { applyTask, connectActivities, type WorkerResources } from './dependencies.ts';

/** Connects the activities of `replayRange` to Kafka and MySQL. */
export function connectReplays(resources: WorkerResources): ReplayDependencies {
  return {
    ...connectActivities(resources),
    applyPage: (page, batch) =>
      applyTask(resources, page, batch, {
        rewrite: page.rewrite,
        dryRun: page.dryRun || page.sink === 'topic',
      }),
    recordBackfill: (id, state, counts, reason) =>
      recordBackfill(resources.database, id, state, counts, reason),
  };
}
