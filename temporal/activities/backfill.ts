import { recordBackfill } from '../../src/metadata/backfills.ts';
import type { BackfillActivities } from '../contract.ts';
import type { BackfillWork } from './backfill-work.ts';
import { untilAborted } from './load-table.ts';
import type { SourceResources } from './resources.ts';

/** The activities of `replayRange` and `backfillTable`. */
export function createBackfillActivities(
  { database }: SourceResources,
  work: BackfillWork,
): BackfillActivities {
  return {
    replayPage: (page) => work.replayPage(page),

    // Whoever cancels it hears of what it has done from the tables, not from here.
    backfillSlice: (slice) => untilAborted((signal) => work.backfillSlice(slice, signal)),

    recordBackfill: (id, state, counts, reason) => recordBackfill(database, id, state, counts, reason),
  };
}
