import type { Config } from '../../config/load-config.ts';
import { sumsOf, type BatchSums } from '../../metadata/batches.ts';
import type { Database } from '../../mysql/connection.ts';
import { liveLetters, openLetters, type LettersByStatus } from '../../metadata/dead-letters/books.ts';
import { inTransaction } from '../../mysql/transaction.ts';
import { readHistoryIn, type History } from '../../metadata/history/read-history.ts';
import type { Brokers } from '../../kafka/brokers.ts';
import { committedOffsets } from '../../kafka/committed-offsets.ts';
import { selectTopics } from '../../kafka/group/session-topics.ts';
import { describeTopics, type TopicDescription } from '../../kafka/topics.ts';
import { loadedOf } from '../../pipelines/counts.ts';
import type { Pipeline } from '../../pipelines/pipeline.ts';
import type { KafkaReader } from '../doctor/kafka-reader.ts';
import { readBreaks, type BreakStatus } from './break-status.ts';
import { readGaps, type GapStatus } from './gap-status.ts';
import type { MaxwellStatus } from './maxwell-status.ts';
import type { PartitionStatus } from './partition-status.ts';
import { readReplicaStatus, type ReplicaStatus, type TopicLag } from './table-status.ts';
import { readTopicLags } from './topic-lag.ts';

/** What the target's database knows of a pipeline. */
interface Loaded extends BatchSums {
  readonly loaded: number;
  /** Rows of the audit trail, at most, that totals, gaps and breaks do not know yet after an upgrade of an old database; else 0. */
  readonly rowsNotRolledUp: number;
  /** Open dead letters by their code. */
  readonly deadLetters: Readonly<Record<string, number>>;
  /** Why the newest of each was refused. */
  readonly newestReasons: Readonly<Record<string, string>>;
  readonly books: Books;
}

/** What has become of the dead letters that live batches have counted. */
export interface Books {
  readonly letters: LettersByStatus;
  /** How many more live batches have counted; negative: fewer. 0: the books balance. */
  readonly missing: number;
}

/** What Kafka knows of a pipeline. */
interface Waiting {
  /** Topics that are named by the pipeline and do not exist. */
  readonly missingTopics: readonly string[];
  readonly partitions: readonly PartitionStatus[];
  /** Consumers that are in the group now. */
  readonly consumers: number;
}

type Nullable<T> = { readonly [Name in keyof T]: T[Name] | null };

/** What `alir status` tells of a pipeline; of the replica's also its tables. Null: the server that knows it is away. */
export interface PipelineStatus extends Nullable<Loaded>, Nullable<Waiting>, Partial<ReplicaStatus> {
  readonly pipeline: string;
  readonly group: string;
  /** Offsets that nothing accounts for, or that were gone before they were read, as long as nothing has mended them. */
  readonly auditGaps: readonly GapStatus[] | null;
  /** What else may have cost changes: topics made again, retention, jumps of the binlog. */
  readonly breaks: readonly BreakStatus[] | null;
}

/** The servers that a status is read from; null: away. */
export interface StatusSources {
  readonly config: Config;
  readonly kafka: { readonly brokers: Brokers; readonly reader: KafkaReader } | null;
  readonly database: Database | null;
  readonly maxwell: MaxwellStatus;
}

/** @throws AlirError MYSQL_*, KAFKA_*: of a server that went away meanwhile */
export async function readPipelineStatus(
  pipeline: Pipeline,
  sources: StatusSources,
): Promise<PipelineStatus> {
  const { config, kafka, database, maxwell } = sources;
  const topics = kafka === null ? null : await topicsOf(pipeline, kafka.brokers);
  const waiting = kafka === null || topics === null ? null : await waitingIn(pipeline, topics, kafka);
  const partitions = waiting?.partitions ?? [];
  const { history, letters } = database === null ? unread : await readTrail(database, pipeline.name);
  const isKnown = waiting !== null && database !== null && history !== null;
  const auditGaps = isKnown ? await readGaps(pipeline, database, history, partitions) : null;
  const status: PipelineStatus = {
    pipeline: pipeline.name,
    group: pipeline.group,
    ...(database === null || history === null
      ? nothingLoaded
      : await loadedBy(pipeline, database, history, letters)),
    ...(waiting ?? nothingWaits),
    auditGaps,
    breaks:
      isKnown && auditGaps !== null
        ? await readBreaks(pipeline, database, history, config.source, partitions, auditGaps)
        : null,
  };
  if (pipeline.kind !== 'replica') return status;
  const lags = kafka === null || topics === null ? null : await lagsOf(kafka.brokers, topics, partitions);
  return { ...status, ...(await readReplicaStatus(config.source, database, lags, maxwell.lagSeconds)) };
}

const nothingLoaded = {
  batches: null,
  counts: null,
  gaps: null,
  loaded: null,
  rowsNotRolledUp: null,
  deadLetters: null,
  newestReasons: null,
  books: null,
};
const unread = { history: null, letters: null };
const nothingWaits = { missingTopics: null, partitions: null, consumers: null };

/** In one snapshot: a batch that is committed meanwhile is in both, or in neither. */
function readTrail(
  database: Database,
  pipeline: string,
): Promise<{ readonly history: History; readonly letters: LettersByStatus }> {
  return inTransaction(database, async (transaction) => ({
    history: await readHistoryIn(transaction, pipeline),
    letters: await liveLetters(transaction, pipeline),
  }));
}

async function loadedBy(
  { name }: Pipeline,
  database: Database,
  history: History,
  letters: LettersByStatus,
): Promise<Loaded> {
  const sums = sumsOf(history);
  const open = await openLetters(database, name);
  const known = Object.values(letters).reduce((sum, figure) => sum + figure, 0);
  return {
    ...sums,
    loaded: loadedOf(sums.counts),
    rowsNotRolledUp: history.leftOut,
    deadLetters: Object.fromEntries(open.map(({ code, count }) => [code, count])),
    newestReasons: Object.fromEntries(open.map(({ code, newestReason }) => [code, newestReason])),
    // While rows are left out, nobody can tell.
    books: { letters, missing: history.leftOut > 0 ? 0 : sums.counts.deadLettered - known },
  };
}

async function topicsOf(pipeline: Pipeline, brokers: Brokers): Promise<TopicDescription[]> {
  const names = new Set(pipeline.topics);
  if (pipeline.topicPattern)
    for (const name of (await selectTopics(brokers, pipeline)).keys()) names.add(name);
  return describeTopics(brokers, [...names].sort());
}

async function waitingIn(
  pipeline: Pipeline,
  topics: readonly TopicDescription[],
  { brokers, reader }: NonNullable<StatusSources['kafka']>,
): Promise<Waiting> {
  const missing = topics.filter(({ name, exists }) => !exists && pipeline.topics.includes(name));
  return {
    missingTopics: missing.map(({ name }) => name),
    partitions: await partitionsOf(pipeline, topics, brokers),
    consumers: await reader.members(pipeline.group),
  };
}

async function lagsOf(
  brokers: Brokers,
  topics: readonly TopicDescription[],
  partitions: readonly PartitionStatus[],
): Promise<Map<string, TopicLag>> {
  const positions = new Map(
    partitions.map(({ topic, partition, end, lag }) => [`${topic}/${partition}`, end - lag]),
  );
  return readTopicLags(brokers, topics, (topic, partition) => positions.get(`${topic}/${partition}`) ?? 0);
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
