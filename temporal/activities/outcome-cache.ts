/** Transformed batches between the two activities of one run, in this process. */
import type { BatchCache } from '../../src/kafka/batch-cache.ts';
import type { TransformedRecord } from '../../src/pipelines/packed-outcome.ts';
import type { BatchTask } from '../contract.ts';
import type { CachedOutcomes, TransformedBatch } from './resources.ts';

/** Bytes of a batch that is kept at most: few large rows would fill the heap, and are rare enough to be made twice. */
const largestCached = 16_777_216;

/** Bytes of the objects around a record and its outcome, roughly. */
const objectsMemory = 800;

/** Undefined: it is not kept, or carries another stamp. */
export function cachedOutcome(
  cache: BatchCache<CachedOutcomes>,
  task: BatchTask,
): TransformedBatch | undefined {
  const cached = cache.get(task.range);
  return cached?.stamp === stampOf(task) ? cached.batch : undefined;
}

export function cacheOutcome(
  cache: BatchCache<CachedOutcomes>,
  task: BatchTask,
  batch: TransformedBatch,
): void {
  const bytes = batch.rows.reduce(addMemory, 0);
  if (bytes <= largestCached) cache.put(task.range, { stamp: stampOf(task), batch }, bytes);
}

const stampOf = (task: BatchTask): string => `${task.flag} ${task.syncAt} ${task.range.epoch}`;

function addMemory(sum: number, { record, outcome }: TransformedRecord): number {
  const isUpsert = outcome.kind === 'upsert';
  const ofOutcome = isUpsert ? outcome.entry.length + (outcome.publication?.encoded.length ?? 0) : 0;
  return sum + record.size + ofOutcome + objectsMemory;
}
