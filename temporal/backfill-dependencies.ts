import { recordBackfill } from '../src/database/backfills.ts';
import type { BackfillDependencies } from './activities/backfill.ts';
import { backfillSlice } from '../src/database/replica/backfill-rows.ts';
import { applyTask, connectActivities, type WorkerResources } from './dependencies.ts';
import { sourceReader, type LoadResources } from './load-dependencies.ts';

/** Connects the activities of `replayRange` and `backfillTable` to Kafka, the source and the targets. */
export function connectBackfills(resources: WorkerResources & LoadResources): BackfillDependencies {
  const reader = sourceReader(resources);
  return {
    ...connectActivities(resources),
    applyPage: (page, batch) =>
      applyTask(resources, page, batch, {
        rewrite: page.rewrite,
        dryRun: page.dryRun || page.sink === 'topic',
      }),
    backfillSlice: (slice, signal) => backfillSlice(reader, slice, signal),
    recordBackfill: (id, state, counts, reason) =>
      recordBackfill(resources.database, id, state, counts, reason),
  };
}
