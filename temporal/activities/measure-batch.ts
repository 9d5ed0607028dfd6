import type { AppliedBatch } from '../../src/apply/apply-batch.ts';
import type { ObservedBatch } from '../../src/observability/metrics.ts';
import { sourceTimeOf } from '../../src/pipelines/source-time.ts';
import type { TransformedRecord } from '../../src/pipelines/packed-outcome.ts';
import type { BatchTask } from '../contract.ts';

/** What the metrics get of a batch that has just been committed. Only its newest record is looked into. */
export function measureBatch(
  task: BatchTask,
  rows: readonly TransformedRecord[],
  { counts, rejected }: AppliedBatch,
  now = Date.now(),
): ObservedBatch {
  const { rows: all, ...outcomes } = counts;
  const isLive = task.flag === 'live';
  const newest = rows.at(-1)?.record;
  const since = (moment: number): number => Math.max(0, now - moment) / 1000;
  return {
    pipeline: task.range.pipeline,
    topic: task.range.topic,
    partition: task.range.partition,
    first: task.range.first,
    last: task.range.last,
    outcomes,
    rows: all,
    deadLetters: counts.deadLettered === 0 ? new Map() : codesOf(rows, rejected),
    seconds: isLive ? since(Date.parse(task.syncAt)) : null,
    lagSeconds: isLive && newest ? since(sourceTimeOf(newest)) : null,
  };
}

function codesOf(
  rows: readonly TransformedRecord[],
  rejected: AppliedBatch['rejected'],
): Map<string, number> {
  const codes = new Map<string, number>();
  rows.forEach(({ outcome }, index) => {
    const code = outcome.kind === 'dead' ? outcome.code : rejected.get(index)?.code;
    if (code !== undefined) codes.set(code, (codes.get(code) ?? 0) + 1);
  });
  return codes;
}
