import { setTimeout as delay } from 'node:timers/promises';
import { AlirError } from '../../errors/alir-error.ts';
import { plural } from '../../errors/sentences.ts';
import type { Brokers } from '../../kafka/brokers.ts';
import { committedOffsets } from '../../kafka/committed-offsets.ts';
import { readPages } from '../../kafka/range-reader.ts';
import { describeTopics } from '../../kafka/topics.ts';
import type { Pipeline } from '../../pipelines/pipeline.ts';
import type { SourceRecord } from '../../pipelines/record.ts';

/** End offset by `topic/partition`. */
export type Ends = ReadonlyMap<string, number>;

const patienceMs = 120_000;

/** Where the topics end now. */
export async function endsOf(brokers: Brokers, topics: readonly string[]): Promise<Ends> {
  const described = await describeTopics(brokers, topics);
  return new Map(
    described.flatMap(({ name, partitions }) =>
      partitions.map(({ partition, end }) => [`${name}/${partition}`, end]),
    ),
  );
}

/**
 * Waits until the pipeline's group has committed everything that its topics hold now.
 *
 * @throws AlirError CHECK_FAILED when nothing moves for two minutes
 */
export async function waitUntilProcessed(
  brokers: Brokers,
  pipeline: Pipeline,
  onProgress: (left: number) => void = () => undefined,
): Promise<void> {
  const ends = await endsOf(brokers, pipeline.topics);
  let least = Infinity;
  let movedAt = Date.now();
  for (;;) {
    const left = await lagOf(brokers, pipeline, ends);
    onProgress(left);
    if (left === 0) return;
    if (left < least) movedAt = Date.now();
    least = Math.min(least, left);
    if (Date.now() - movedAt > patienceMs) {
      throw new AlirError(
        'CHECK_FAILED',
        `${plural(left, 'record')} of ${pipeline.name} waited for two minutes.`,
      );
    }
    await delay(100);
  }
}

/** Records that the pipeline's group has not committed yet. */
export async function lagOf(brokers: Brokers, pipeline: Pipeline, ends: Ends): Promise<number> {
  const partitions = new Map<string, number[]>();
  for (const key of ends.keys()) {
    const at = key.lastIndexOf('/');
    const topic = key.slice(0, at);
    partitions.set(topic, [...(partitions.get(topic) ?? []), Number(key.slice(at + 1))]);
  }
  const committed = await committedOffsets(brokers, pipeline.group, partitions);
  let lag = 0;
  for (const [key, end] of ends) lag += Math.max(0, end - (committed.get(key)?.offset ?? 0));
  return lag;
}

/** Distinct source coordinates among the messages that a topic got since `from`: publishing is at least once. */
export async function countPublished(brokers: Brokers, topic: string, from: Ends): Promise<number> {
  const [described] = await describeTopics(brokers, [topic]);
  const sources = new Set<string>();
  for (const { partition, end } of described?.partitions ?? []) {
    const first = from.get(`${topic}/${partition}`) ?? 0;
    if (first >= end) continue;
    const range = { topic, topicId: described?.id ?? '', partition, first, last: end - 1 };
    for await (const { records } of readPages(brokers, range)) {
      for (const { headers } of records) sources.add(coordinatesOf(headers));
    }
  }
  return sources.size;
}

function coordinatesOf(headers: SourceRecord['headers']): string {
  return headers
    .filter(([name]) => name.startsWith('alir-source-'))
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join(' ');
}
