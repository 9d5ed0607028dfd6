/** Composition root of Alir's own processes: consumers, worker, or both with the cache between them. */
import { connectTemporalProcess, type TemporalProcess } from '../../temporal/client/process-connection.ts';
import { toTemporalError } from '../../temporal/client/connection.ts';
import { registerSearchAttributes } from '../../temporal/client/search-attributes.ts';
import { installRuntime } from '../../temporal/worker/sdk-metrics.ts';
import type { Config } from '../config/load-config.ts';
import { openDatabase, type Database } from '../mysql/connection.ts';
import type { ReplicaContext } from '../replica/replica-context.ts';
import { ReplicaUpdater } from '../replica/replica-updater.ts';
import { SourceSchemas } from '../replica/source-schemas.ts';
import { assertMigrated } from '../mysql/migrations/migrate.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { BatchCache } from '../kafka/batch-cache.ts';
import { Brokers } from '../kafka/brokers.ts';
import type { Logger } from '../observability/logger.ts';
import { Metrics } from '../observability/metrics.ts';
import type { SourceRecord } from '../pipelines/record.ts';
import { buildGauges } from './metrics/build-gauges.ts';
import { nameStack } from '../operations/name-stack.ts';
import { isAddressSet } from '../operations/other-stacks.ts';
import { ProcessHttp } from './process-http.ts';
import { replicaContext } from './replica-context.ts';
import { startConsumers } from './start-consumers.ts';
import { startWork } from './start-work.ts';
import { isAway, whenServerAnswers } from '../operations/wait-for-server.ts';
import { warnAtStart } from './warn-at-start.ts';

export interface RuntimeOptions {
  readonly consume: boolean;
  readonly work: boolean;
  /** Whether it serves the HTTP API. */
  readonly api: boolean;
  /** Whether a starting worker makes its build the current one (with ALIR_VERSIONING on). */
  readonly promote: boolean;
  /** Servers that are away are waited for until it is aborted; null: they end the start. */
  readonly waits: AbortSignal | null;
}

export interface Runtime {
  /** Stops fetching, lets batches finish within the grace time, commits, leaves the group. */
  stop(): Promise<void>;
}

/** What all parts of a process share. */
export interface ProcessParts {
  readonly config: Config;
  readonly brokers: Brokers;
  readonly database: Database;
  readonly records: BatchCache<readonly SourceRecord[]>;
  readonly schemas: SourceSchemas;
  readonly updater: ReplicaUpdater;
  readonly replica: ReplicaContext;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Does something that needs a server, as soon as it answers. */
  readonly whenAnswers: <T>(attempt: () => Promise<T>) => Promise<T>;
}

/**
 * Starts the parts of a process and returns when they run. While a server is away it says so, serves `/healthz`, and waits.
 *
 * @throws the reason of `options.waits`, once it is aborted
 * @throws AlirError what is not ready: PORT_TAKEN, SCHEMA_NOT_MIGRATED, MYSQL_*, KAFKA_*, TEMPORAL_UNAVAILABLE
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
    const database = openDatabase(config.target, { poolSize: config.settings.MYSQL_POOL_SIZE });
    releasers.push(() => database.$disconnect());
    const brokers = new Brokers(config);
    releasers.push(() => brokers.close());
    const metrics = new Metrics();
    const http = new ProcessHttp({ config, options, logger, database, brokers, metrics });
    releasers.push(() => http.stop());

    const waits = options.waits ?? undefined;
    const waiting = {
      say: (sentence: string) => logger.warn(nameStack(sentence)),
      signal: options.waits,
      // At an address that nobody has set no server is to be expected: the stack has not been started.
      waitsFor: (code: ErrorCode) => isAddressSet(config.origins, code),
      onWait: () => http.serve(),
    };
    const whenAnswers: ProcessParts['whenAnswers'] = async (attempt) => {
      const answer = await whenServerAnswers(waiting, attempt).catch((error: unknown) => {
        if (isAway(error)) waits?.throwIfAborted();
        throw error;
      });
      waits?.throwIfAborted(); // nothing is started any more
      return answer;
    };
    await whenAnswers(async () => {
      await assertMigrated(config.target);
      await warnAtStart(config, logger);
    });
    await whenAnswers(() => brokers.metadata([]));
    // The SDK's runtime ends with its last connection: installed before anything else can fail, it would hold the process.
    const sdkMetrics = await installRuntime(logger);
    const { connection, client } = await whenAnswers(async () => {
      const temporal = await connect(config);
      releasers.push(() => temporal.connection.close());
      return temporal;
    });
    metrics.include('temporal_sdk', sdkMetrics);
    metrics.sample(buildGauges(config, { client, database }));
    http.client = client;
    await http.serve();

    const replica = replicaContext(config, brokers, database);
    const updater = new ReplicaUpdater(replica);
    const schemas = new SourceSchemas(replica, updater);
    const records = new BatchCache<readonly SourceRecord[]>(config.settings.ALIR_CACHE_MAX_BYTES);
    const parts = {
      config,
      brokers,
      database,
      records,
      schemas,
      updater,
      replica,
      metrics,
      logger,
      whenAnswers,
    };
    const onStop = (stop: () => Promise<unknown>): void => void releasers.push(stop);
    if (options.work) await startWork({ ...parts, connection, client, promotes: options.promote }, onStop);
    // A build that is not the current one yet must not take its own batches past the queue.
    const startsEagerly = options.work && !config.settings.ALIR_VERSIONING;
    waits?.throwIfAborted();
    if (options.consume) await startConsumers({ ...parts, client, startsEagerly }, onStop);
    http.hasStarted = true;
    return { stop: release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function connect(config: Config): Promise<TemporalProcess> {
  const temporal = await connectTemporalProcess(config);
  try {
    await registerSearchAttributes(temporal.client);
    return temporal;
  } catch (error) {
    await temporal.connection.close();
    throw toTemporalError(config, error);
  }
}
