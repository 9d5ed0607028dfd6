/** The part of a process that works: the workers of both queues, and what keeps their build current. */
import { ownBuild } from '../../temporal/client/builds.ts';
import type { CachedOutcomes } from '../../temporal/activities/resources.ts';
import type { TemporalProcess } from '../../temporal/client/process-connection.ts';
import { createWorker, type Work } from '../../temporal/worker/worker.ts';
import { startWorkerLoop } from '../../temporal/worker/worker-loop.ts';
import { BatchCache } from '../kafka/batch-cache.ts';
import type { Brokers } from '../kafka/brokers.ts';
import { TopicProducer } from '../kafka/producer.ts';
import { ensureTopic } from '../kafka/topics.ts';
import { outcomeNames } from '../pipelines/counts.ts';
import { deadLetterTopic, type Pipeline } from '../pipelines/pipeline.ts';
import { pipelines } from '../pipelines/registry.ts';
import { startBackfillThread } from './backfill-thread/backfill-thread.ts';
import { startBuildKeeper } from './build-keeper.ts';
import { batchObserver } from './observe-batch.ts';
import type { ProcessParts } from './runtime.ts';

export interface WorkParts extends ProcessParts, TemporalProcess {
  /** Whether it makes its build the current one. */
  readonly promotes: boolean;
}

/** Starts it; what stops it again is told to `onStop`. */
export async function startWork(
  parts: WorkParts,
  onStop: (stop: () => Promise<unknown>) => void,
): Promise<void> {
  const {
    config,
    connection,
    client,
    brokers,
    database,
    records,
    schemas,
    updater,
    replica,
    metrics,
    logger,
  } = parts;
  for (const { name } of pipelines) metrics.begin(name, outcomeNames);
  const producer = new TopicProducer(config, brokers, logger);
  onStop(() => producer.close());
  for (const pipeline of pipelines) await parts.whenAnswers(() => ensureOutputTopics(brokers, pipeline));
  const outcomes = new BatchCache<CachedOutcomes>(config.settings.ALIR_CACHE_MAX_BYTES);
  const observer = batchObserver(metrics, logger);
  const resources = { brokers, producer, database, records, outcomes, tables: schemas, metrics: observer };
  const thread = startBackfillThread(config, { observe: (batch) => observer.observe(batch), logger });
  onStop(() => thread.close());
  const works: Work[] = [
    { queue: 'live', resources },
    { queue: 'backfill', resources: { ...replica, brokers, updater }, backfills: thread },
  ];
  for (const work of works) {
    const loop = await startWorkerLoop(() => createWorker(config, connection, work, logger), logger);
    onStop(() => loop.stop());
  }
  const build = await ownBuild(config);
  const keeper = startBuildKeeper({ config, client, database, logger, build, promotes: parts.promotes });
  onStop(() => keeper.stop());
}

/** Our own topics are created; a source topic never is, since a typing error would then wait for ever in silence. */
async function ensureOutputTopics(brokers: Brokers, pipeline: Pipeline): Promise<void> {
  if (pipeline.outputTopic) await ensureTopic(brokers, pipeline.outputTopic, 3);
  for (const topic of pipeline.topics) await ensureTopic(brokers, deadLetterTopic(topic), 1);
}
