import { readRange } from '../../src/kafka/range-reader.ts';
import type { TransformedRecord } from '../../src/pipelines/packed-outcome.ts';
import type { BatchTask, EtlActivities, TransformCounts } from '../contract.ts';
import { applyTask } from './apply-task.ts';
import { cacheOutcome, cachedOutcome } from './outcome-cache.ts';
import { publishDeadLetters, publishGood } from './publish-batch.ts';
import type { BatchResources, TransformedBatch } from './resources.ts';
import { transform } from './transform.ts';

/**
 * The two activities of `processBatch`. Both may run in any worker, at any time, more than once: rows come from this
 * process's caches or are read again from Kafka, and applying an applied range changes nothing.
 */
export function createBatchActivities(resources: BatchResources): EtlActivities {
  return {
    async transformBatch(task) {
      const batch = await transformRange(resources, task);
      cacheOutcome(resources.outcomes, task, batch);
      return countKinds(batch.rows);
    },

    async upsertBatch(task) {
      const batch = cachedOutcome(resources.outcomes, task) ?? (await transformRange(resources, task));
      const { counts, rejected } = await applyTask(resources, task, batch);
      // After the commit, so that no reader of the topic knows more than the table. An attempt that dies in between
      // finds its audit row, applies nothing and publishes: at least once, told apart by coordinates.
      await publishGood(resources, task, batch.rows, rejected);
      await publishDeadLetters(resources, task, batch.rows, rejected);
      resources.outcomes.delete(task.range);
      return counts;
    },
  };
}

async function transformRange(resources: BatchResources, task: BatchTask): Promise<TransformedBatch> {
  const records = resources.records.get(task.range) ?? (await readRange(resources.brokers, task.range));
  return transform(resources, task, records);
}

function countKinds(rows: readonly TransformedRecord[]): TransformCounts {
  let ignored = 0;
  let bad = 0;
  for (const { outcome } of rows) {
    if (outcome.kind === 'ignored') ignored += 1;
    else if (outcome.kind === 'dead') bad += 1;
  }
  return { rows: rows.length, good: rows.length - ignored - bad, ignored, bad };
}
