import { readRange } from '../../src/kafka/range-reader.ts';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import type { ReplayPage } from '../contract.ts';
import { applyTask } from './apply-task.ts';
import { publishDeadLetters, publishGood } from './publish-batch.ts';
import type { BatchResources } from './resources.ts';
import { transform } from './transform.ts';

/**
 * Reads a page of a replay from Kafka, computes and applies it in one go: other than a live batch it has nobody who
 * waits for its first half, and no cache may serve it, since the transform may have been mended.
 */
export async function replayPage(resources: BatchResources, page: ReplayPage): Promise<BatchCounts> {
  const batch = await transform(resources, page, await readRange(resources.brokers, page.range));
  const { counts, rejected } = await applyTask(resources, page, batch, {
    rewrite: page.rewrite,
    dryRun: page.dryRun || page.sink === 'topic',
  });
  if (page.dryRun) return counts;
  if (page.sink !== 'table') await publishGood(resources, page, batch.rows, rejected);
  if (page.sink !== 'topic') await publishDeadLetters(resources, page, batch.rows, rejected);
  return counts;
}
