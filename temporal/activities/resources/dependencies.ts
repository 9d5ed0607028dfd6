import { AlirError } from '../../../src/errors/alir-error.ts';
import type { ErrorCode } from '../../../src/errors/catalogue.ts';
import { positionsOf } from '../../../src/cdc/maxwell/binlog-position.ts';
import type { Brokers } from '../../../src/kafka/brokers.ts';
import type { BatchCache } from '../../../src/kafka/batch-cache.ts';
import type { TopicProducer, OutgoingMessage } from '../../../src/kafka/producer.ts';
import { readRange } from '../../../src/kafka/range-reader.ts';
import { encodeContent, shareHeaders } from '../../../src/kafka/wire/record-batch-writer.ts';
import { ensureTopic } from '../../../src/kafka/topics.ts';
import { applyBatch } from '../../../src/apply/apply-batch.ts';
import { holdTable } from '../../../src/metadata/table-pauses.ts';
import type { Metrics } from '../../../src/observability/metrics.ts';
import type { Database } from '../../../src/mysql/connection.ts';
import type { EncodeMessage } from '../../../src/pipelines/packed-outcome.ts';
import { cdc } from '../../../src/pipelines/cdc/cdc.ts';
import { deadLetterTopic, type Pipeline, type ReplicaTables } from '../../../src/pipelines/pipeline.ts';
import type { SourceRecord } from '../../../src/pipelines/record.ts';
import { findPipeline } from '../../../src/pipelines/registry.ts';
import type {
  ActivityDependencies,
  ApplyResult,
  DeadLetter,
  OutcomeCache,
  Transformed,
  TransformedBatch,
} from '../dependencies.ts';
import { batchWorkflowId, type BatchTask } from '../../contract.ts';
import { measureBatch } from './measure-batch.ts';

export interface WorkerResources {
  readonly brokers: Brokers;
  readonly producer: TopicProducer;
  readonly database: Database;
  /** Raw records that the consumer of this process has read; empty where consumer and worker are apart. */
  readonly records: BatchCache<readonly SourceRecord[]>;
  readonly outcomes: BatchCache<CachedOutcomes>;
  readonly tables: ReplicaTables;
  /** Absent: nobody asks. */
  readonly metrics?: Pick<Metrics, 'observe'>;
}

/** Transformed rows and the stamp that they carry: another stamp makes other rows. */
export interface CachedOutcomes {
  readonly stamp: string;
  readonly batch: TransformedBatch;
}

/** Connects the activities to Kafka and MySQL. */
export function connectActivities(resources: WorkerResources): ActivityDependencies {
  const { brokers, producer } = resources;
  return {
    pipeline: pipelineNamed,
    cachedRecords: (range) => resources.records.get(range),
    cachedOutcomes: outcomeCache(resources.outcomes),
    readRange: (range) => readRange(brokers, range),

    open: async (task, pipeline, records) => pipeline.open(task.range.topic, records, resources.tables),
    hold: (task, reason) => holdTable(resources.database, resources.tables.replicaDatabase, task, reason),

    apply: (task, batch) => applyTask(resources, task, batch),

    encodeFor,

    async publish(pipeline, rows) {
      if (pipeline.outputTopic) await producer.publish(pipeline.outputTopic, publications(rows));
    },

    async publishDeadLetters(task, letters) {
      if (letters.length === 0) return;
      const topic = deadLetterTopic(task.range.topic);
      await ensureTopic(brokers, topic, 1);
      await producer.publish(
        topic,
        letters.map((letter) => deadLetterMessage(task, letter)),
      );
    },
  };
}

/** Applies what a task's range has become. */
export async function applyTask(
  { database, outcomes, tables, metrics }: WorkerResources,
  task: BatchTask,
  { table, rows }: TransformedBatch,
  options: { readonly rewrite?: boolean; readonly dryRun?: boolean } = {},
): Promise<ApplyResult> {
  try {
    const applied = await applyBatch(database, {
      pipeline: task.range.pipeline,
      range: task.range,
      run: task.run,
      workflowId: batchWorkflowId(task.range),
      flag: task.flag,
      positions: task.range.pipeline === cdc.name ? positionsOf(rows.map(recordOf)) : null,
      table,
      records: rows,
      ...options,
    });
    if (options.dryRun) return applied;
    if (!applied.alreadyApplied) metrics?.observe(measureBatch(task, rows, applied));
    return applied;
  } catch (error) {
    // The table may have changed since the batch was transformed: the next attempt begins with what it is then.
    if (error instanceof AlirError && !passing.has(error.code)) {
      outcomes.delete(task.range);
      tables.forget();
    }
    throw error;
  }
}

const recordOf = ({ record }: Transformed): SourceRecord => record;

/** Errors that say nothing of the table's columns. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'MYSQL_UNAVAILABLE',
  'MYSQL_CONFLICT',
  'MYSQL_ACCESS_DENIED',
]);

/** A worker that is older than the consumer may not know a pipeline yet: retried until a newer worker takes the task. */
function pipelineNamed(name: string): Pipeline {
  const pipeline = findPipeline(name);
  if (!pipeline) throw new AlirError('UNEXPECTED', `This worker knows no pipeline named ${name}.`);
  return pipeline;
}

function outcomeCache(cache: BatchCache<CachedOutcomes>): OutcomeCache {
  const stampOf = (task: BatchTask): string => `${task.flag} ${task.syncAt} ${task.range.epoch}`;
  return {
    get(task) {
      const cached = cache.get(task.range);
      return cached?.stamp === stampOf(task) ? cached.batch : undefined;
    },
    put(task, batch) {
      const bytes = batch.rows.reduce(addMemory, 0);
      if (bytes <= largestCached) cache.put(task.range, { stamp: stampOf(task), batch }, bytes);
    },
    delete: (task) => cache.delete(task.range),
  };
}

/** Bytes of a batch that is kept at most: few large rows would fill the heap, and are rare enough to be made twice. */
const largestCached = 16_777_216;

/** Bytes of the objects around a record and its outcome, roughly. */
const objectsMemory = 800;

function addMemory(sum: number, { record, outcome }: Transformed): number {
  const isUpsert = outcome.kind === 'upsert';
  const ofOutcome = isUpsert ? outcome.entry.length + (outcome.publication?.encoded.length ?? 0) : 0;
  return sum + record.size + ofOutcome + objectsMemory;
}

function* publications(rows: readonly Transformed[]): Generator<OutgoingMessage> {
  for (const { record, outcome } of rows) {
    if (outcome.kind !== 'upsert' || !outcome.publication) continue;
    yield { ...outcome.publication, value: null, source: record };
  }
}

/** All messages of a batch come from one partition of one topic: those headers are encoded once. */
function encodeFor({ range, flag }: BatchTask): EncodeMessage {
  const shared = shareHeaders({ ...placeHeaders(range), 'alir-flag': flag });
  return ({ key, value, headers }, { offset }) =>
    encodeContent({ key, value, headers: { ...headers, 'alir-source-offset': String(offset) } }, shared);
}

/** Where a message comes from. With the offset it tells apart what was published twice. */
function placeHeaders({ topic, partition, epoch }: BatchTask['range']) {
  return {
    'alir-source-topic': topic,
    'alir-source-partition': String(partition),
    'alir-source-epoch': String(epoch),
  };
}

/** Above this a dead letter with its headers may not fit into its topic, and would hold its partition for ever. */
const largestValue = 1_000_000;

/**
 * The record as it came, with the reason and where it came from. Its own headers are kept; ours win a clash. A value
 * of nearly a megabyte is left out: etl_dead_letters has it.
 */
function deadLetterMessage(task: BatchTask, { record, code, reason }: DeadLetter): OutgoingMessage {
  const omitted = record.size > largestValue;
  return {
    key: omitted ? null : record.key,
    value: omitted ? null : record.value,
    headers: {
      ...(omitted
        ? { 'alir-value-omitted': String(record.value?.length ?? 0) }
        : Object.fromEntries(record.headers)),
      'alir-code': code,
      'alir-reason': reason,
      'alir-pipeline': task.range.pipeline,
      ...placeHeaders(task.range),
      'alir-source-offset': String(record.offset),
      'alir-source-timestamp': String(record.timestamp),
    },
    source: record,
  };
}
