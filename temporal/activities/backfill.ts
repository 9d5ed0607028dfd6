import { recordBackfill } from '../../src/metadata/backfills.ts';
import { recordRedrive } from '../../src/metadata/dead-letters/redrives.ts';
import type { BackfillActivities } from '../contract.ts';
import type { RedriveActivities } from '../redrive-contract.ts';
import type { BackfillWork } from './backfill-work.ts';
import { untilAborted } from './load-table.ts';
import type { SourceResources } from './resources.ts';

/** The activities of `replayRange`, `backfillTable` and `redriveDeadLetters`. */
export function createBackfillActivities(
  { database }: SourceResources,
  work: BackfillWork,
): BackfillActivities & RedriveActivities {
  return {
    replayPage: (page) => work.replayPage(page),

    redrivePage: (page) => work.redrivePage(page),

    // Whoever cancels it hears of what it has done from the tables, not from here.
    backfillSlice: (slice) => untilAborted((signal) => work.backfillSlice(slice, signal)),

    recordRedrive: (id, state, counts, reason) => recordRedrive(database, id, state, counts, reason),

    recordBackfill: (id, state, counts, reason) => recordBackfill(database, id, state, counts, reason),
  };
}
