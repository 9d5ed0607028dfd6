/** The list of workflows, nothing else: one bad import here breaks all of them. */
export { processBatch } from './process-batch.ts';
export { loadTable } from './load-table.ts';
export { refetchRows } from './refetch-rows.ts';
export { redriveDeadLetters } from './redrive-dead-letters.ts';
export { replayRange } from './replay-range.ts';
export { verifyTable } from './verify-table.ts';
export { backfillTable } from './backfill-table.ts';
