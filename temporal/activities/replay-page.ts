import type { BatchCounts } from '../../src/pipelines/counts.ts';
import type { ReplayPage } from '../contract.ts';
import type { ActivityDependencies, ApplyResult, TransformedBatch } from './dependencies.ts';
import { deadLetters, transform } from './process-batch.ts';

export interface PageDependencies extends ActivityDependencies {
  /** Applies a page, or finds out what applying it would come to where it does not go to the table. */
  readonly applyPage: (page: ReplayPage, batch: TransformedBatch) => Promise<ApplyResult>;
}

/**
 * Reads a page of a replay from Kafka, computes and applies it in one go: other than a live batch it has nobody who
 * waits for its first half, and no cache may serve it, since the transform may have been mended.
 */
export async function replayPage(dependencies: PageDependencies, page: ReplayPage): Promise<BatchCounts> {
  const batch = await transform(dependencies, page, await dependencies.readRange(page.range));
  const { counts, rejected } = await dependencies.applyPage(page, batch);
  if (page.dryRun) return counts;
  if (page.sink !== 'table') {
    const pipeline = dependencies.pipeline(page.range.pipeline);
    await dependencies.publish(
      pipeline,
      batch.rows.filter((_, index) => !rejected.has(index)),
    );
  }
  if (page.sink !== 'topic') await dependencies.publishDeadLetters(page, deadLetters(batch.rows, rejected));
  return counts;
}
