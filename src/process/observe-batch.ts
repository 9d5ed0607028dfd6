import type { Logger } from '../observability/logger.ts';
import type { Metrics, ObservedBatch } from '../observability/metrics.ts';
import { nameStack } from '../operations/name-stack.ts';

/** Counts committed batches, and tells of those that have dead letters: how many, of which codes, never what is in them. */
export function batchObserver(
  metrics: Pick<Metrics, 'observe'>,
  logger: Logger,
): { observe(batch: ObservedBatch): void } {
  return {
    observe(batch) {
      metrics.observe(batch);
      if (batch.deadLetters.size === 0) return;
      const { pipeline, topic, partition, first, last, deadLetters } = batch;
      const letters = [...deadLetters.values()].reduce((sum, count) => sum + count, 0);
      const command = nameStack(`alir dead-letters list --pipeline ${pipeline} --topic ${topic}`);
      logger.warn(
        { pipeline, topic, partition, first, last, letters, codes: Object.fromEntries(deadLetters), command },
        'this batch has dead letters',
      );
    },
  };
}
