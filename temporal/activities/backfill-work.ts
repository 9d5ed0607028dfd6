import { backfillSlice } from '../../src/replica/backfill-rows.ts';
import { loadRows } from '../../src/replica/load-rows.ts';
import { serveRefetches } from '../../src/replica/serve-refetches.ts';
import { topicPositions } from '../../src/replica/topic-end.ts';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import type {
  BackfillSliceTask,
  LoadTableInput,
  LoadTableResult,
  RefetchInput,
  RefetchResult,
  ReplayPage,
} from '../contract.ts';
import type { RedrivePage, RedrivePageResult } from '../redrive-contract.ts';
import { redrivePage } from './redrive-page.ts';
import { replayPage } from './replay-page.ts';
import type { BatchResources, SourceResources } from './resources.ts';

/** What of the backfills keeps a processor busy: thousands of rows at a time are decoded, computed and encoded. */
export interface BackfillWork {
  /** Reads a page of a topic again, and applies it. */
  readonly replayPage: (page: ReplayPage) => Promise<BatchCounts>;
  /** Loads a page of dead letters again. */
  readonly redrivePage: (page: RedrivePage) => Promise<RedrivePageResult>;
  /** Reads and applies the next rows of a table, for some seconds. */
  readonly backfillSlice: (
    slice: BackfillSliceTask,
    signal: AbortSignal,
  ) => Promise<{ readonly counts: BatchCounts; readonly isDone: boolean }>;
  /** Reads a table from where its load stands to its end. */
  readonly loadRows: (input: LoadTableInput, signal: AbortSignal) => Promise<LoadTableResult>;
  /** Reads the rows of a table that are asked for. */
  readonly refetchRows: (input: RefetchInput, signal: AbortSignal) => Promise<RefetchResult>;
}

/** Does it, in the thread that calls. */
export function connectBackfillWork(resources: BatchResources & SourceResources): BackfillWork {
  const reader = { ...resources, endOf: topicPositions(resources.brokers, resources.database) };
  return {
    replayPage: (page) => replayPage(resources, page),
    redrivePage: (page) => redrivePage(resources, page),
    backfillSlice: (slice, signal) => backfillSlice(reader, slice, signal),
    loadRows: (input, signal) => loadRows(reader, input, signal),
    refetchRows: (input, signal) => serveRefetches(reader, input, signal),
  };
}
