import { condition, continueAsNew, proxyActivities } from '@temporalio/workflow';
import { addCounts, noCounts } from '../../src/pipelines/counts.ts';
import { activityOptions } from '../activity-options.ts';
import {
  taskQueues,
  type BackfillActivities,
  type BackfillProgress,
  type BackfillTableInput,
} from '../contract.ts';
import { BackfillControl } from './backfill-control.ts';

const options = { ...activityOptions.load, taskQueue: taskQueues.backfill };
const { backfillSlice } = proxyActivities<BackfillActivities>(options);

/** A slice takes about seven events: far below the 2,000 that a history should have. */
const slicesPerRun = 150;

/**
 * Reads rows from the source into the replica, table after table, in slices of some seconds. Between two slices it can
 * be paused, slowed down and cancelled.
 */
export async function backfillTable(input: BackfillTableInput): Promise<BackfillProgress> {
  const { maxRowsPerSecond } = input;
  const initial = { paused: false, counts: noCounts, ...input.done, maxRowsPerSecond };
  let doneTables = input.done?.tables ?? 0;
  const isDone = (): boolean => doneTables === input.tables.length;
  const control = new BackfillControl(input.backfillId, initial, ({ rows }) => ({
    total: isDone() ? rows : Math.max(input.rows, rows),
    done: rows,
  }));
  let slices = 0;
  try {
    while (!isDone() && !control.isStopped && slices < slicesPerRun) {
      if (control.paused) {
        await control.enter('paused');
        await condition(() => !control.paused || control.cancelled);
        if (!control.cancelled) await control.enter('running');
        continue;
      }
      const table = input.tables[doneTables]!;
      const { backfillId, mostDeletes } = input;
      const slice = await backfillSlice.executeWithOptions(
        { ...options, summary: `${table.database}.${table.table} from the source` },
        [{ backfillId, ...table, mostDeletes, maxRowsPerSecond: control.rate }],
      );
      control.counts = addCounts(control.counts, slice.counts);
      if (slice.isDone) doneTables += 1;
      slices += 1;
      control.tell();
    }
  } catch (error) {
    control.failure = error as Error;
  }
  if (!isDone() && !control.isStopped) {
    const { counts, paused, rate } = control;
    const done = { tables: doneTables, counts, paused };
    return continueAsNew<typeof backfillTable>({ ...input, maxRowsPerSecond: rate, done });
  }
  return control.end(isDone(), () => Promise.resolve());
}
