/** The list of workflows, nothing else: one bad import here breaks all of them. */
export { processBatch } from './process-batch.ts';
export { loadTable } from './load-table.ts';
