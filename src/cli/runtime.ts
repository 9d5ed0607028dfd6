/** Composition root of Alir's own processes: consumers, worker, or both with the cache between them. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import { toTemporalError } from '../../temporal/connection.ts';
import { connectTemporalProcess } from '../../temporal/process-connection.ts';
import { registerSearchAttributes } from '../../temporal/search-attributes.ts';
import { runBatch } from '../../temporal/run-batch.ts';
import type { CachedOutcomes } from '../../temporal/dependencies.ts';
import { installRuntime } from '../../temporal/sdk-metrics.ts';
import { createWorker, promoteBuild, type Work } from '../../temporal/worker.ts';
import type { Config } from '../config/load-config.ts';
import { createBatchEnds } from '../database/batch-ends.ts';
import { recordGap } from '../database/batches.ts';
import { openDatabase, type Database } from '../database/connection.ts';
import { SourceSchemas } from '../database/replica/replica-tables.ts';
import { createEpochStore } from '../database/epochs.ts';
import { assertMigrated } from '../database/migrate.ts';
import { messageOf } from '../errors/alir-error.ts';
import { BatchCache } from '../kafka/batch-cache.ts';
import { Brokers } from '../kafka/brokers.ts';
import { DroppedTables } from '../kafka/dropped-tables.ts';
import { startGroupConsumer, type GroupConsumer } from '../kafka/group/consumer.ts';
import { TopicProducer } from '../kafka/producer.ts';
import { ensureTopic } from '../kafka/topics.ts';
import { startHttp } from '../http/server.ts';
import type { Logger } from '../observability/logger.ts';
import { Metrics } from '../observability/metrics.ts';
import { outcomeNames } from '../pipelines/counts.ts';
import { deadLetterTopic, type Pipeline } from '../pipelines/pipeline.ts';
import type { SourceRecord } from '../pipelines/record.ts';
import { cdc } from '../pipelines/cdc/cdc.ts';
import { pipelines } from '../pipelines/registry.ts';
import { bookkeepingGauges } from './metrics/bookkeeping-gauges.ts';
import { maxwellGauges } from './metrics/maxwell-gauges.ts';
import { readinessGauges } from './metrics/readiness-gauges.ts';
import { tableGauges } from './metrics/table-gauges.ts';
import { startBackfillThread } from './backfill-thread/backfill-thread.ts';
import { startFencePruner } from './prune-fences.ts';
import { readyChecks } from './ready-checks.ts';
import { startReplicaKeeper } from './replica-keeper.ts';
import { replicaPlace } from './replica-place.ts';
import { waitingOf } from './waiting-partitions.ts';
import { warnAtStart } from './warn-at-start.ts';

export interface RuntimeOptions {
  readonly consume: boolean;
  readonly work: boolean;
  /** Whether it serves the HTTP API. */
  readonly api: boolean;
  /** Whether a starting worker makes its build the current one (with ALIR_VERSIONING on). */
  readonly promote: boolean;
}

export interface Runtime {
  /** Stops fetching, lets batches finish within the grace time, commits, leaves the group. */
  stop(): Promise<void>;
}

/**
 * Starts the parts of a process and returns when they run.
 *
 * @throws AlirError what is not ready: PORT_TAKEN, MYSQL_*, SCHEMA_NOT_MIGRATED, KAFKA_*, TEMPORAL_UNAVAILABLE
 */
export async function startRuntime(
  config: Config,
  options: RuntimeOptions,
  logger: Logger,
): Promise<Runtime> {
  const releasers: (() => Promise<unknown>)[] = [];
  const release = async (): Promise<void> => {
    for (const releaser of releasers.reverse())
      await releaser().catch((error: unknown) => logger.warn({ err: error }));
  };
  try {
    await assertMigrated(config.target);
    await warnAtStart(config, logger);
    const database = openDatabase(config.target, { poolSize: config.settings.MYSQL_POOL_SIZE });
    releasers.push(() => database.$disconnect());
    const brokers = new Brokers(config);
    releasers.push(() => brokers.close());
    await brokers.metadata([]);
    // The SDK's runtime ends with its last connection: installed before anything else can fail, it would hold the process.
    const sdkMetrics = await installRuntime(logger);
    const { connection, client } = await connectTemporalProcess(config);
    releasers.push(() => connection.close());
    await registerSearchAttributes(client).catch((error: unknown) => {
      throw toTemporalError(config, error);
    });

    const checks = readyChecks(config, { brokers, client, database });
    const metrics = new Metrics();
    metrics.include('temporal_sdk', sdkMetrics);
    metrics.sample(readinessGauges(checks));
    const backfills = options.api
      ? (await import('./http-backfills.ts')).createHttpBackfills({
          config,
          database,
          brokers,
          temporal: () => Promise.resolve(client),
        })
      : undefined;
    const needsPort = !options.consume && !options.work;
    const http = await startHttp(config, {
      metrics,
      checks,
      logger,
      needsPort,
      ...(backfills ? { backfills } : {}),
    });
    releasers.push(() => http.stop());

    const replica = replicaPlace(config, brokers, database);
    const schemas = new SourceSchemas(replica);
    const records = new BatchCache<readonly SourceRecord[]>(config.settings.ALIR_CACHE_MAX_BYTES);
    if (options.work) {
      for (const { name } of pipelines) metrics.begin(name, outcomeNames);
      const producer = new TopicProducer(config, brokers, logger);
      releasers.push(() => producer.close());
      for (const pipeline of pipelines) await ensureOutputTopics(brokers, pipeline);
      const outcomes = new BatchCache<CachedOutcomes>(config.settings.ALIR_CACHE_MAX_BYTES);
      const resources = { brokers, producer, database, records, outcomes, tables: schemas, metrics };
      const thread = startBackfillThread(config, { observe: (batch) => metrics.observe(batch), logger });
      releasers.push(() => thread.close());
      const works: Work[] = [
        { queue: 'live', resources },
        { queue: 'backfill', resources: { ...replica, brokers, schemas }, heavy: thread },
      ];
      for (const work of works) {
        const loop = startWorkerLoop(() => createWorker(config, connection, work, logger), logger);
        releasers.push(() => loop.stop());
      }
      if (config.settings.ALIR_VERSIONING && options.promote) await promoteBuild(config, client);
    }
    if (options.consume) {
      const waiting: (() => ReturnType<typeof waitingOf>)[] = [];
      for (const pipeline of pipelines) {
        const consumer = await startConsumer(config, pipeline, {
          brokers,
          client,
          // A build that is not the current one yet must not take its own batches past the queue.
          startsEagerly: options.work && !config.settings.ALIR_VERSIONING,
          database,
          records,
          metrics,
          logger,
        });
        releasers.push(() => consumer.stop());
        waiting.push(() => waitingOf(pipeline.group, consumer, pipeline.name === cdc.name));
      }
      metrics.watch(() => waiting.flatMap((of) => of()));
      metrics.sample(maxwellGauges(config));
      metrics.sample(tableGauges(config));
      metrics.sample(bookkeepingGauges(database));
      const keeper = startReplicaKeeper({
        ...replica,
        client,
        schemas,
        logger,
        drops: new DroppedTables(brokers),
      });
      releasers.push(() => keeper.stop());
      const pruner = startFencePruner({
        brokers,
        client,
        database,
        replicaDatabase: replica.replicaDatabase,
        logger,
      });
      releasers.push(() => pruner.stop());
    }
    return { stop: release };
  } catch (error) {
    await release();
    throw error;
  }
}

interface ConsumerResources {
  readonly brokers: Brokers;
  readonly client: Client;
  readonly startsEagerly: boolean;
  readonly database: Database;
  readonly records: BatchCache<readonly SourceRecord[]>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

function startConsumer(
  config: Config,
  pipeline: Pipeline,
  resources: ConsumerResources,
): Promise<GroupConsumer> {
  const { client, startsEagerly, database, metrics, logger } = resources;
  const auditedEnd = createBatchEnds(database);
  return startGroupConsumer({
    config,
    brokers: resources.brokers,
    pipeline,
    cache: resources.records,
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

/** Our own topics are created; a source topic never is, since a typing error would then wait for ever in silence. */
async function ensureOutputTopics(brokers: Brokers, pipeline: Pipeline): Promise<void> {
  if (pipeline.outputTopic) await ensureTopic(brokers, pipeline.outputTopic, 3);
  for (const topic of pipeline.topics) await ensureTopic(brokers, deadLetterTopic(topic), 1);
}

/** Runs a worker; when Temporal has been away for so long that the worker gave up, starts another. */
function startWorkerLoop(create: () => Promise<Worker>, logger: Logger): { stop(): Promise<void> } {
  let worker: Worker | null = null;
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        worker = await create();
        const ended = worker.run(); // a worker that does not run yet cannot be shut down, and would never end
        if (stopping.signal.aborted) worker.shutdown();
        await ended;
      } catch (error) {
        logger.warn({ reason: messageOf(error) }, 'the worker ended: starting another');
        await delay(2_000, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  })();
  return {
    async stop() {
      stopping.abort();
      if (worker?.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}
