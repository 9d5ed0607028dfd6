import {
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import { activityOptions } from '../activity-options.ts';
import {
  searchAttributeKeys,
  type BatchTask,
  type EtlActivities,
  type ProcessBatchInput,
} from '../contract.ts';

const { transformBatch } = proxyActivities<Pick<EtlActivities, 'transformBatch'>>(activityOptions.transform);
const { upsertBatch } = proxyActivities<Pick<EtlActivities, 'upsertBatch'>>(activityOptions.upsert);

/**
 * One batch of one partition: transform, then load. The history holds the range and the counts, never a row.
 *
 * It fails only with a code of the catalogue that waiting cannot mend; the consumer then runs the same range again,
 * so that its partition never moves past it.
 */
export async function processBatch(input: ProcessBatchInput): Promise<BatchCounts> {
  const { range } = input;
  const task: BatchTask = { ...input, run: workflowInfo().runId };
  const place = `${range.topic}/${range.partition} · ${range.first}–${range.last}`;

  setCurrentDetails(`Transforming **${place}**.`);
  const transformed = await transformBatch.executeWithOptions(
    { ...activityOptions.transform, summary: `decode and transform ${place}` },
    [task],
  );

  setCurrentDetails(`Loading records of ${place}: **${transformed.good}** good of **${transformed.rows}**.`);
  const counts = await upsertBatch.executeWithOptions(
    { ...activityOptions.upsert, summary: `apply ${transformed.good} of ${transformed.rows}, then publish` },
    [task],
  );

  if (counts.deadLettered > 0) {
    upsertSearchAttributes([{ key: searchAttributeKeys.DeadLettered, value: counts.deadLettered }]);
  }
  setCurrentDetails(summarise(counts));
  return counts;
}

function summarise(counts: BatchCounts): string {
  const figures = Object.entries(counts).filter(([, figure]) => figure > 0);
  return [
    '| outcome | records |',
    '|---|---:|',
    ...figures.map(([name, figure]) => `| ${name} | ${figure} |`),
  ].join('\n');
}
