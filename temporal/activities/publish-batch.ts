import { lettersOf } from '../../src/apply/fates.ts';
import { deadLetterMessage, publications } from '../../src/kafka/batch-messages.ts';
import { ensureTopic } from '../../src/kafka/topics.ts';
import type { TransformedRecord } from '../../src/pipelines/packed-outcome.ts';
import { deadLetterTopic, type Rejection } from '../../src/pipelines/pipeline.ts';
import type { BatchTask } from '../contract.ts';
import type { BatchResources } from './resources.ts';
import { pipelineOf } from './transform.ts';

type Resources = Pick<BatchResources, 'brokers' | 'producer'>;

/** Publishes the good records of a batch to the output topic of its pipeline, if it has one. */
export async function publishGood(
  { producer }: Resources,
  task: BatchTask,
  rows: readonly TransformedRecord[],
  rejected: ReadonlyMap<number, Rejection>,
): Promise<void> {
  const { outputTopic } = pipelineOf(task);
  if (!outputTopic) return;
  const good = rows.filter((_, index) => !rejected.has(index));
  await producer.publish(outputTopic, publications(good));
}

/** Publishes the poison of a batch: what the transform found, and what the table refused. */
export async function publishDeadLetters(
  { brokers, producer }: Resources,
  task: BatchTask,
  rows: readonly TransformedRecord[],
  rejected: ReadonlyMap<number, Rejection>,
): Promise<void> {
  const letters = lettersOf(rows, rejected);
  if (letters.length === 0) return;
  const topic = deadLetterTopic(task.range.topic);
  await ensureTopic(brokers, topic, 1);
  await producer.publish(
    topic,
    letters.map((letter) => deadLetterMessage(task.range, letter)),
  );
}
