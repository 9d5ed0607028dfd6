/** The part of a process that consumes: the consumers, what is measured of them, and who looks after what they leave. */
import type { Client } from '@temporalio/client';
import { runBatch } from '../../temporal/client/run-batch.ts';
import { createBatchEnds } from '../metadata/batch-ends.ts';
import { recordGap } from '../metadata/batches.ts';
import { createEpochStore } from '../metadata/epochs.ts';
import { startGroupConsumer, type GroupConsumer } from '../kafka/group/consumer.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import { pipelines } from '../pipelines/registry.ts';
import { startLetterCloser } from './close-letters.ts';
import { startBatchKeeper } from './prune-audit-trail.ts';
import { startHistoryKeeper } from './prune-ended.ts';
import { bookkeepingGauges } from './metrics/bookkeeping-gauges.ts';
import { maxwellGauges } from './metrics/maxwell-gauges.ts';
import { maxwellLagGauges, watchMaxwell } from './metrics/maxwell-lag.ts';
import { tableGauges } from './metrics/table-gauges.ts';
import { startFencePruner } from './prune-fences.ts';
import { startReplicaReconciler } from './replica-reconciler.ts';
import type { ProcessParts } from './runtime.ts';
import { waitingOf } from './waiting-partitions.ts';

export interface ConsumeParts extends ProcessParts {
  readonly client: Client;
  /** Whether a batch may begin in a worker of this process, past the queue. */
  readonly startsEagerly: boolean;
}

/** Starts it; what stops it again is told to `onStop`. */
export async function startConsumers(
  parts: ConsumeParts,
  onStop: (stop: () => Promise<unknown>) => void,
): Promise<void> {
  const { config, client, brokers, database, updater, replica, metrics, logger } = parts;
  const waiting: (() => ReturnType<typeof waitingOf>)[] = [];
  for (const pipeline of pipelines) {
    const consumer = await startConsumer(pipeline, parts);
    onStop(() => consumer.stop());
    waiting.push(() => waitingOf(pipeline.group, consumer, pipeline.kind === 'replica'));
  }
  const partitions = () => waiting.flatMap((of) => of());
  const maxwellLag = watchMaxwell(config);
  metrics.watch(partitions, async () => (await maxwellLag()).seconds);
  metrics.sample(maxwellLagGauges(maxwellLag, () => partitions().some(({ table }) => table !== null)));
  metrics.sample(maxwellGauges(config));
  metrics.sample(tableGauges(config));
  metrics.sample(bookkeepingGauges(database));
  const { replicaDatabase } = replica;
  const keepers = [
    startReplicaReconciler({ ...replica, client, updater, logger }),
    startFencePruner({ brokers, client, database, replicaDatabase, logger }),
    startBatchKeeper({ client, database, keepDays: config.settings.ALIR_KEEP_BATCHES_DAYS, logger }),
    startLetterCloser({
      database,
      target: config.target,
      source: config.source.database,
      replicaDatabase,
      logger,
    }),
    startHistoryKeeper({ database, keepDays: config.settings.ALIR_KEEP_HISTORY_DAYS, logger }),
  ];
  for (const keeper of keepers) onStop(() => keeper.stop());
}

function startConsumer(pipeline: Pipeline, parts: ConsumeParts): Promise<GroupConsumer> {
  const { config, client, startsEagerly, database, metrics, logger } = parts;
  const auditedEnd = createBatchEnds(database);
  return startGroupConsumer({
    config,
    brokers: parts.brokers,
    pipeline,
    cache: parts.records,
    epochs: createEpochStore(database),
    gaps: {
      async recordGap(gap) {
        await recordGap(database, pipeline.name, gap);
        metrics.observeGap(gap);
      },
    },
    runner: {
      run: ({ rows, bytes: _bytes, ...range }, signal) =>
        runBatch(
          { client, startsEagerly, logger, auditedEnd },
          { ...range, pipeline: pipeline.name },
          rows,
          signal,
        ),
    },
    logger: logger.child({ pipeline: pipeline.name }),
  });
}
