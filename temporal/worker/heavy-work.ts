import { backfillSlice } from '../../src/replica/backfill-rows.ts';
import { loadRows } from '../../src/replica/load-rows.ts';
import { serveRefetches } from '../../src/replica/serve-refetches.ts';
import type { BackfillDependencies } from '../activities/backfill.ts';
import type { LoadDependencies } from '../activities/load-table.ts';
import { replayPage, type PageDependencies } from '../activities/replay-page.ts';
import { applyTask, connectActivities, type WorkerResources } from '../activities/resources/dependencies.ts';
import { sourceReader, type LoadResources } from '../activities/resources/load-dependencies.ts';

/** What of the backfills keeps a processor busy: thousands of rows at a time are decoded, computed and encoded. */
export type HeavyWork = Pick<BackfillDependencies, 'replayPage' | 'backfillSlice'> &
  Pick<LoadDependencies, 'loadRows' | 'refetchRows'>;

/** Connects it to Kafka, the source and the targets. */
export function connectHeavyWork(resources: WorkerResources & LoadResources): HeavyWork {
  const reader = sourceReader(resources);
  const pages: PageDependencies = {
    ...connectActivities(resources),
    applyPage: (page, batch) =>
      applyTask(resources, page, batch, {
        rewrite: page.rewrite,
        dryRun: page.dryRun || page.sink === 'topic',
      }),
  };
  return {
    replayPage: (page) => replayPage(pages, page),
    backfillSlice: (slice, signal) => backfillSlice(reader, slice, signal),
    loadRows: (input, signal) => loadRows(reader, input, signal),
    refetchRows: (input, signal) => serveRefetches(reader, input, signal),
  };
}
