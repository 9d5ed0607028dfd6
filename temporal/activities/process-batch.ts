import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { ActivityDependencies, DeadLetter, Transformed, TransformedBatch } from './dependencies.ts';
import type { BatchTask, EtlActivities, TransformCounts } from '../contract.ts';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import { AlirError } from '../../src/errors/alir-error.ts';
import { packOutcome, type EncodeMessage } from '../../src/pipelines/packed-outcome.ts';
import type { Flow, Stamp } from '../../src/pipelines/pipeline.ts';
import type { SourceRecord } from '../../src/pipelines/record.ts';

/**
 * The two activities of `processBatch`. Both may run in any worker, at any time, more than once: rows come from this
 * process's caches or are read again from Kafka, and applying an applied range changes nothing.
 */
export function createBatchActivities(dependencies: ActivityDependencies): EtlActivities {
  return {
    async transformBatch(task): Promise<TransformCounts> {
      const batch = await transform(dependencies, task, await recordsOf(dependencies, task));
      dependencies.cachedOutcomes.put(task, batch);
      return countKinds(batch.rows);
    },

    async upsertBatch(task): Promise<BatchCounts> {
      const pipeline = dependencies.pipeline(task.range.pipeline);
      const batch =
        dependencies.cachedOutcomes.get(task) ??
        (await transform(dependencies, task, await recordsOf(dependencies, task)));
      const { rows } = batch;
      const { counts, rejected } = await dependencies.apply(task, batch);
      // After the commit, so that no reader of the topic knows more than the table. An attempt that dies in between
      // finds its audit row, applies nothing and publishes: at least once, told apart by coordinates.
      await dependencies.publish(
        pipeline,
        rows.filter((_, index) => !rejected.has(index)),
      );
      await dependencies.publishDeadLetters(task, deadLetters(rows, rejected));
      dependencies.cachedOutcomes.delete(task);
      return counts;
    },
  };
}

async function recordsOf(
  dependencies: ActivityDependencies,
  { range }: BatchTask,
): Promise<readonly SourceRecord[]> {
  return dependencies.cachedRecords(range) ?? (await dependencies.readRange(range));
}

/** A few milliseconds of work: a single order that comes while a page of thousands is computed does not wait for all. */
const rowsInOneGo = 500;

/** The rows that the records of a range become, and the table that they are for. */
export async function transform(
  dependencies: ActivityDependencies,
  task: BatchTask,
  records: readonly SourceRecord[],
): Promise<TransformedBatch> {
  const pipeline = dependencies.pipeline(task.range.pipeline);
  const stamp: Stamp = { flag: task.flag, syncAt: task.syncAt, epoch: task.range.epoch };
  const encode = dependencies.encodeFor(task);
  try {
    const flow = await dependencies.open(task, pipeline, records);
    const batch = await through(flow, records, stamp, encode);
    if (!flow.reconsider || !batch.rows.some(isDead)) return batch;
    return await through(await flow.reconsider(), records, stamp, encode);
  } catch (error) {
    if (error instanceof AlirError && error.code === 'TABLE_PAUSED')
      await dependencies.hold(task, `${error.message} ${error.remedy}`);
    throw error;
  }
}

async function through(
  flow: Flow,
  records: readonly SourceRecord[],
  stamp: Stamp,
  encode: EncodeMessage,
): Promise<TransformedBatch> {
  const { table } = flow;
  const rows: Transformed[] = [];
  for (const record of records) {
    rows.push({ record, outcome: packOutcome(table, record, flow.transform(record, stamp), encode) });
    if (rows.length % rowsInOneGo === 0) await letOthersRun();
  }
  return { table, rows };
}

/** More knowledge of the table would not help one of which rows are read from the source. */
const isDead = ({ outcome }: Transformed): boolean =>
  outcome.kind === 'dead' && outcome.refetch === undefined;

function countKinds(rows: readonly Transformed[]): TransformCounts {
  let ignored = 0;
  let bad = 0;
  for (const { outcome } of rows) {
    if (outcome.kind === 'ignored') ignored += 1;
    else if (outcome.kind === 'dead') bad += 1;
  }
  return { rows: rows.length, good: rows.length - ignored - bad, ignored, bad };
}

/** The poison of a batch: what the transform found, and what the table refused. */
export function deadLetters(
  rows: readonly Transformed[],
  rejected: ReadonlyMap<number, Omit<DeadLetter, 'record'>>,
): DeadLetter[] {
  const letters: DeadLetter[] = [];
  for (let index = 0; index < rows.length; index += 1) {
    const { record, outcome } = rows[index]!;
    const refusal = rejected.get(index);
    if (refusal) letters.push({ record, ...refusal });
    else if (outcome.kind === 'dead') letters.push({ record, code: outcome.code, reason: outcome.reason });
  }
  return letters;
}
