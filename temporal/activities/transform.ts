import { setImmediate as letOthersRun } from 'node:timers/promises';
import { AlirError } from '../../src/errors/alir-error.ts';
import { encodeFor } from '../../src/kafka/batch-messages.ts';
import { withCorrections } from '../../src/metadata/dead-letters/corrections.ts';
import { holdTable } from '../../src/metadata/table-pauses.ts';
import {
  packOutcome,
  type EncodeMessage,
  type TransformedRecord,
} from '../../src/pipelines/packed-outcome.ts';
import type { TopicTransform, Pipeline, ReplicaTables, Stamp } from '../../src/pipelines/pipeline.ts';
import type { SourceRecord } from '../../src/pipelines/record.ts';
import { findPipeline } from '../../src/pipelines/registry.ts';
import type { BatchTask } from '../contract.ts';
import type { BatchResources, TransformedBatch } from './resources.ts';

/** A few milliseconds of work: a single order that comes while a page of thousands is computed does not wait for all. */
const rowsInOneGo = 500;

/** A worker that is older than the consumer may not know a pipeline yet: retried until a newer worker takes the task. */
export function pipelineOf({ range }: BatchTask): Pipeline {
  const pipeline = findPipeline(range.pipeline);
  if (!pipeline) throw new AlirError('UNEXPECTED', `This worker has no pipeline named ${range.pipeline}.`);
  return pipeline;
}

/**
 * The rows that the records of a range become, in the form that corrections have given them, and the table that they
 * are for.
 *
 * @throws AlirError TABLE_PAUSED, after the table was marked as one that waits for people; what opening the topic's transform throws
 */
export async function transform(
  { database, tables }: Pick<BatchResources, 'database' | 'tables'>,
  task: BatchTask,
  records: readonly SourceRecord[],
): Promise<TransformedBatch> {
  try {
    return await transformRecords(tables, task, await withCorrections(database, task.range, records));
  } catch (error) {
    if (error instanceof AlirError && error.code === 'TABLE_PAUSED')
      await holdTable(database, tables.replicaDatabase, task, `${error.message} ${error.remedy}`);
    throw error;
  }
}

/** The rows that records become as they are; throws what opening the topic's transform throws. */
export async function transformRecords(
  tables: ReplicaTables,
  task: BatchTask,
  records: readonly SourceRecord[],
): Promise<TransformedBatch> {
  const stamp: Stamp = { flag: task.flag, syncAt: task.syncAt, epoch: task.range.epoch };
  const encode = encodeFor(task);
  const opened = await pipelineOf(task).open(task.range.topic, records, tables);
  const batch = await through(opened, records, stamp, encode);
  if (!opened.reconsider || !batch.rows.some(isDead)) return batch;
  return through(await opened.reconsider(), records, stamp, encode);
}

async function through(
  opened: TopicTransform,
  records: readonly SourceRecord[],
  stamp: Stamp,
  encode: EncodeMessage,
): Promise<TransformedBatch> {
  const { table } = opened;
  const rows: TransformedRecord[] = [];
  for (const record of records) {
    rows.push({ record, outcome: packOutcome(table, record, opened.transform(record, stamp), encode) });
    if (rows.length % rowsInOneGo === 0) await letOthersRun();
  }
  return { table, rows };
}

/** More knowledge of the table would not help one of which rows are read from the source. */
const isDead = ({ outcome }: TransformedRecord): boolean =>
  outcome.kind === 'dead' && outcome.refetch === undefined;
