import { openCommandDatabase } from '../command-database.ts';
import type { Config } from '../../config/load-config.ts';
import { sumCounts, type BatchSums } from '../../database/batches.ts';
import type { Database } from '../../database/connection.ts';
import { countDeadLetters } from '../../database/dead-letters.ts';
import { assertMigrated } from '../../database/migrate.ts';
import { Brokers } from '../../kafka/brokers.ts';
import { committedOffsets } from '../../kafka/committed-offsets.ts';
import { selectTopics } from '../../kafka/group/session-topics.ts';
import { describeTopics, type TopicDescription } from '../../kafka/topics.ts';
import { cdc } from '../../pipelines/cdc/cdc.ts';
import { loadedOf } from '../../pipelines/counts.ts';
import type { Pipeline } from '../../pipelines/pipeline.ts';
import { pipelines } from '../../pipelines/registry.ts';
import { readBreaks, type BreakStatus } from './break-status.ts';
import { readGaps, type GapStatus } from './gap-status.ts';
import { readReplicaStatus, type ReplicaStatus } from './table-status.ts';
import type { PartitionStatus } from './partition-status.ts';
import { readTopicLags } from './topic-lag.ts';

/** What `alir status` tells of a pipeline; of the replica's also its tables. */
export interface PipelineStatus extends BatchSums, Partial<ReplicaStatus> {
  readonly pipeline: string;
  readonly group: string;
  readonly loaded: number;
  /** Topics that are named by the pipeline and do not exist. */
  readonly missingTopics: readonly string[];
  readonly partitions: readonly PartitionStatus[];
  /** Offsets that nothing accounts for, or that were gone before they were read, as long as nothing has mended them. */
  readonly auditGaps: readonly GapStatus[];
  /** What else may have cost changes: topics made again, retention, jumps of the binlog. */
  readonly breaks: readonly BreakStatus[];
  /** Open dead letters by their code. */
  readonly deadLetters: Readonly<Record<string, number>>;
}

/**
 * What was loaded, what waits, what is dead.
 *
 * @throws AlirError MYSQL_*, SCHEMA_NOT_MIGRATED, KAFKA_*
 */
export async function readStatus(config: Config): Promise<PipelineStatus[]> {
  await assertMigrated(config.target);
  const brokers = new Brokers(config);
  const database = openCommandDatabase(config);
  try {
    return await Promise.all(pipelines.map((pipeline) => statusOf(pipeline, config, brokers, database)));
  } finally {
    await brokers.close();
    await database.$disconnect();
  }
}

async function statusOf(
  pipeline: Pipeline,
  config: Config,
  brokers: Brokers,
  database: Database,
): Promise<PipelineStatus> {
  const names = new Set(pipeline.topics);
  if (pipeline.topicPattern)
    for (const name of (await selectTopics(brokers, pipeline)).keys()) names.add(name);
  const topics = await describeTopics(brokers, [...names].sort());
  const partitions = await partitionsOf(pipeline, topics, brokers);
  const sums = await sumCounts(database, pipeline.name);
  const letters = await countDeadLetters(database, pipeline.name);
  const auditGaps = await readGaps(pipeline, database, partitions);
  const status: PipelineStatus = {
    pipeline: pipeline.name,
    group: pipeline.group,
    ...sums,
    loaded: loadedOf(sums.counts),
    missingTopics: topics
      .filter(({ name, exists }) => !exists && pipeline.topics.includes(name))
      .map(({ name }) => name),
    partitions,
    auditGaps,
    breaks: await readBreaks(pipeline, database, config.source, partitions, auditGaps),
    deadLetters: Object.fromEntries(letters.map(({ code, count }) => [code, count])),
  };
  if (pipeline.name !== cdc.name) return status;
  const positions = new Map(
    partitions.map(({ topic, partition, end, lag }) => [`${topic}/${partition}`, end - lag]),
  );
  const lags = await readTopicLags(
    brokers,
    topics,
    (topic, partition) => positions.get(`${topic}/${partition}`) ?? 0,
  );
  return { ...status, ...(await readReplicaStatus(config.source, database, lags)) };
}

async function partitionsOf(
  { group }: Pipeline,
  topics: readonly TopicDescription[],
  brokers: Brokers,
): Promise<PartitionStatus[]> {
  const numbers = new Map(
    topics.map(({ name, partitions }) => [name, partitions.map(({ partition }) => partition)]),
  );
  const found = await committedOffsets(brokers, group, numbers);
  return topics.flatMap(({ name, id, partitions }) =>
    partitions.map(({ partition, start, end }) => {
      const position = found.get(`${name}/${partition}`);
      // What was committed for an earlier topic of the same name says nothing about this one.
      const isOfThis = position !== undefined && (position.metadata === '' || position.metadata === id);
      const committed = isOfThis ? position.offset : null;
      const lag = Math.max(0, end - Math.max(committed ?? start, start));
      return { topic: name, partition, start, end, committed, lag };
    }),
  );
}
