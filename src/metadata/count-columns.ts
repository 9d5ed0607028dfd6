import type { BatchCounts } from '../pipelines/counts.ts';

/** The columns of the counts, in etl_batches and in etl_batch_totals. */
export const countColumns = {
  rows: 'row_count',
  inserted: 'inserted',
  updated: 'updated',
  deleted: 'deleted',
  unchanged: 'unchanged',
  stale: 'stale',
  superseded: 'superseded',
  ignored: 'ignored',
  deadLettered: 'dead_lettered',
} as const satisfies Record<keyof BatchCounts, string>;

export const countNames = Object.keys(countColumns) as (keyof BatchCounts)[];
