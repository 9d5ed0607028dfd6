import { taskQueues } from '../../../temporal/contract.ts';
import type { Config } from '../../config/load-config.ts';
import type { Database } from '../../mysql/connection.ts';
import { assertMigrated } from '../../mysql/migrations/migrate.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { Brokers } from '../../kafka/brokers.ts';
import { pipelines } from '../../pipelines/registry.ts';
import { openCommandDatabase } from '../command-database.ts';
import { workersAtWork } from '../doctor/checks/temporal.ts';
import { openKafkaReader } from '../doctor/kafka-reader.ts';
import { openTemporalReader } from '../doctor/temporal-reader.ts';
import { remedyOf } from '../other-stacks.ts';
import { readMaxwellStatus, type MaxwellStatus } from './maxwell-status.ts';
import { readPipelineStatus, type PipelineStatus } from './pipeline-status.ts';
import { findStandstills, type Standstill } from './standstills.ts';

/** A server that does not answer. */
export interface AwayServer {
  readonly server: 'Kafka' | 'MySQL' | 'Temporal';
  readonly code: string;
  readonly problem: string;
  readonly remedy: string;
}

/** What `alir status` tells. */
export interface Status {
  readonly pipelines: readonly PipelineStatus[];
  readonly maxwell: MaxwellStatus;
  /** Workers that ask for batches, by identity; null: Temporal is away. */
  readonly workers: readonly string[] | null;
  /** What does not go on, though something waits for it. */
  readonly standstills: readonly Standstill[];
  /** Servers that do not answer: what they know is null. */
  readonly away: readonly AwayServer[];
}

/**
 * What was loaded, what waits, what is dead, and whether somebody sees to it. Where a server is away the rest is told.
 *
 * @throws AlirError SCHEMA_NOT_MIGRATED
 */
export async function readStatus(config: Config): Promise<Status> {
  const brokers = new Brokers(config);
  const reader = openKafkaReader(config);
  let database: Database | null = null;
  try {
    const asked = [
      unlessAway('Kafka', brokers.metadata([])),
      unlessAway('MySQL', assertMigrated(config.target)),
      unlessAway('Temporal', readWorkers(config)),
      readMaxwellStatus(config),
    ] as const;
    await Promise.allSettled(asked); // what is still being connected could not be closed
    const [kafka, mysql, temporal, maxwell] = await Promise.all(asked);
    if (!mysql.away) database = openCommandDatabase(config);
    const sources = { config, kafka: kafka.away ? null : { brokers, reader }, database, maxwell };
    const found = await Promise.all(pipelines.map((pipeline) => readPipelineStatus(pipeline, sources)));
    const told = { pipelines: found, maxwell, workers: temporal.away ? null : temporal.answer };
    return {
      ...told,
      standstills: findStandstills(told),
      away: [kafka, mysql, temporal].flatMap(({ away }) => away ?? []),
    };
  } finally {
    await Promise.all([reader.close(), brokers.close(), database?.$disconnect()]);
  }
}

type Answered<T> = { readonly answer: T; readonly away?: undefined } | { readonly away: AwayServer };

/** Of MySQL a password that is refused counts as well; that the schema is not migrated is another thing. */
async function unlessAway<T>(server: AwayServer['server'], asked: Promise<T>): Promise<Answered<T>> {
  try {
    return { answer: await asked };
  } catch (error) {
    if (!(error instanceof AlirError) || error.code === 'SCHEMA_NOT_MIGRATED') throw error;
    return { away: { server, code: error.code, problem: error.message, remedy: remedyOf(error) } };
  }
}

async function readWorkers(config: Config): Promise<string[]> {
  const temporal = openTemporalReader(config);
  try {
    const [workflows, activities] = await Promise.all([
      temporal.pollers(taskQueues.live, 'workflow'),
      temporal.pollers(taskQueues.live, 'activity'),
    ]);
    return workersAtWork(workflows, activities, Date.now());
  } finally {
    await temporal.close();
  }
}
