import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Brokers } from '../../src/kafka/brokers.ts';
import { describeTopics } from '../../src/kafka/topics.ts';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import type { RecordRange } from '../../src/pipelines/range.ts';
import { taskQueues, type BatchRange } from '../../temporal/contract.ts';
import type { processBatch } from '../../temporal/workflows/process-batch.ts';

/** The range that holds everything of a table's topic. */
export async function wholeTopic(brokers: Brokers, topic: string): Promise<RecordRange> {
  const [described] = await describeTopics(brokers, [topic]);
  const [partition] = described?.partitions ?? [];
  if (described === undefined || partition === undefined || partition.end === partition.start)
    throw new Error(`${topic} holds nothing`);
  return { topic, topicId: described.id, partition: 0, first: partition.start, last: partition.end - 1 };
}

/** Has a worker process a range of the past as it processes a live one; returns what became of its records. */
export async function runRange(client: Client, range: RecordRange): Promise<BatchCounts> {
  const full: BatchRange = { ...range, pipeline: 'cdc', epoch: 1 };
  return client.workflow.execute<typeof processBatch>('processBatch', {
    workflowId: `again/${randomUUID()}`,
    taskQueue: taskQueues.live,
    args: [{ range: full, flag: 'replay', syncAt: new Date().toISOString() }],
  });
}
