import { applyBatch, type AppliedBatch } from '../../src/apply/apply-batch.ts';
import { positionsOf } from '../../src/cdc/maxwell/binlog-position.ts';
import { AlirError } from '../../src/errors/alir-error.ts';
import type { ErrorCode } from '../../src/errors/catalogue.ts';
import { cdc } from '../../src/pipelines/cdc/cdc.ts';
import { batchWorkflowId, type BatchTask } from '../contract.ts';
import { measureBatch } from './measure-batch.ts';
import type { BatchResources, TransformedBatch } from './resources.ts';

/** Errors that say nothing of the table's columns. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'MYSQL_UNAVAILABLE',
  'MYSQL_CONFLICT',
  'MYSQL_ACCESS_DENIED',
]);

/**
 * Applies what a task's range has become.
 *
 * @throws AlirError MYSQL_*, and what applyBatch refuses
 */
export async function applyTask(
  { database, outcomes, tables, metrics }: BatchResources,
  task: BatchTask,
  { table, rows }: TransformedBatch,
  options: { readonly rewrite?: boolean; readonly dryRun?: boolean } = {},
): Promise<AppliedBatch> {
  try {
    const applied = await applyBatch(database, {
      pipeline: task.range.pipeline,
      range: task.range,
      run: task.run,
      workflowId: batchWorkflowId(task.range),
      flag: task.flag,
      positions: task.range.pipeline === cdc.name ? positionsOf(rows.map(({ record }) => record)) : null,
      table,
      records: rows,
      ...options,
    });
    if (!options.dryRun && !applied.alreadyApplied) metrics?.observe(measureBatch(task, rows, applied));
    return applied;
  } catch (error) {
    // The table may have changed since the batch was transformed: the next attempt begins with what it is then.
    if (error instanceof AlirError && !passing.has(error.code)) {
      outcomes.delete(task.range);
      tables.forget();
    }
    throw error;
  }
}
