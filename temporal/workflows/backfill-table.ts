import { ActivityCancellationType, condition, continueAsNew, proxyActivities } from '@temporalio/workflow';
import { addCounts, noCounts, type BatchCounts } from '../../src/pipelines/counts.ts';
import { activityOptions } from '../activity-options.ts';
import {
  taskQueues,
  type BackfillActivities,
  type BackfillProgress,
  type BackfillTableInput,
  type BootstrapActivities,
} from '../contract.ts';
import { BackfillControl, recordOf } from './backfill-control.ts';

const options = { ...activityOptions.upsert, taskQueue: taskQueues.backfill };
const { backfillSlice } = proxyActivities<BackfillActivities>(options);

/** A backfill that is cancelled has ended when what Maxwell was asked for has been taken back. */
const bootstrapOptions = {
  ...activityOptions.snapshot,
  taskQueue: taskQueues.backfill,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};
const { bootstrapChunk } = proxyActivities<BootstrapActivities>(bootstrapOptions);

/** A slice takes about seven events: far below the 2,000 that a history should have. */
const slicesPerRun = 150;

/**
 * Reads rows from the source into the replica, table after table: in slices of some seconds, or in chunks that Maxwell
 * is asked for. Between two of them it can be paused, slowed down and cancelled.
 */
export async function backfillTable(input: BackfillTableInput): Promise<BackfillProgress> {
  const { maxRowsPerSecond } = input;
  const initial = { paused: false, counts: noCounts, ...input.done, maxRowsPerSecond };
  let doneTables = input.done?.tables ?? 0;
  let chunks = input.done?.chunks ?? 0;
  const isDone = (): boolean => doneTables === input.tables.length;
  const control = new BackfillControl(
    initial,
    ({ rows }) => ({ total: isDone() ? rows : Math.max(input.rows, rows), done: rows }),
    recordOf(input.backfillId),
  );
  let slices = 0;
  try {
    while (!isDone() && !control.isStopped && slices < slicesPerRun) {
      if (control.paused) {
        await control.enter('paused');
        await condition(() => !control.paused || control.cancelled);
        if (!control.cancelled) await control.enter('running');
        continue;
      }
      const slice = await nextSlice(control, input, doneTables, chunks);
      if (slice === null) break;
      control.counts = addCounts(control.counts, slice.counts);
      if (slice.isDone) doneTables += 1;
      chunks = slice.isDone ? 0 : chunks + 1;
      slices += 1;
      control.tell();
    }
  } catch (error) {
    control.failure = error as Error;
  }
  if (!isDone() && !control.isStopped) {
    const { counts, paused, rate } = control;
    const done = { tables: doneTables, counts, paused, ...(input.via ? { chunks } : {}) };
    return continueAsNew<typeof backfillTable>({ ...input, maxRowsPerSecond: rate, done });
  }
  return control.end(isDone(), () => Promise.resolve());
}

/** Null: it was cancelled before it was done. */
function nextSlice(
  control: BackfillControl,
  { backfillId, tables, mostDeletes, via }: BackfillTableInput,
  doneTables: number,
  chunk: number,
): Promise<{ readonly counts: BatchCounts; readonly isDone: boolean } | null> {
  const table = tables[doneTables]!;
  const name = `${table.database}.${table.table}`;
  const maxRowsPerSecond = control.rate;
  if (via === undefined)
    return backfillSlice.executeWithOptions({ ...options, summary: `${name} from the source` }, [
      { backfillId, mostDeletes, ...table, maxRowsPerSecond, counted: control.counts },
    ]);
  return control.untilCancelled(() =>
    bootstrapChunk.executeWithOptions(
      { ...bootstrapOptions, summary: `${name} through Maxwell · ${chunk + 1}` },
      [{ backfillId, ...table, chunk, maxRowsPerSecond }],
    ),
  );
}
