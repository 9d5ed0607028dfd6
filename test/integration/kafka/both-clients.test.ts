/** The group consumer and the range reader must give the same records, whatever wrote them and whatever became of them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TopicProducer } from '../../../src/kafka/producer.ts';
import { readPages, readRange } from '../../../src/kafka/range-reader.ts';
import { describeTopics, type TopicDescription } from '../../../src/kafka/topics.ts';
import type { SourceRecord } from '../../../src/pipelines/record.ts';
import { connectTestKafka, eventually, type TestKafka } from '../../support/kafka.ts';
import { contentOf } from '../../support/records.ts';
import { startMember, World } from './group-fixture.ts';

let kafka: TestKafka;
beforeAll(async () => {
  kafka = await connectTestKafka();
});
afterAll(async () => {
  await kafka.close();
});

/** A topic without an open transaction: the broker writes markers after the producer has heard that all is done. */
async function describeSettled(topic: string): Promise<TopicDescription> {
  let description: TopicDescription | undefined;
  await eventually('every transaction has its marker', async () => {
    [description] = await describeTopics(kafka.brokers, [topic]);
    return description!.partitions.every(({ end, high }) => end === high);
  });
  return description!;
}

/** Reads a partition with both clients and checks that they agree; returns the records. */
async function readByBoth(topic: string): Promise<readonly SourceRecord[]> {
  const description = await describeSettled(topic);
  const { start, end } = description.partitions[0]!;
  const world = new World();
  const member = await startMember(kafka, world, 'a', { topics: [topic], group: kafka.name('group') });
  await eventually('the end is reached', () => member.state()[0]?.position === end);
  await member.stop();
  const place = { topic, topicId: description.id, partition: 0 };
  const whole = await readRange(kafka.brokers, { ...place, first: start, last: end - 1 });
  expect(world.seen.flatMap(({ records }) => records.map(contentOf))).toEqual(whole.map(contentOf));
  for (const { batch, records } of world.seen) {
    expect((await readRange(kafka.brokers, batch)).map(contentOf)).toEqual(records.map(contentOf));
  }
  const paged: SourceRecord[] = [];
  for await (const page of readPages(
    kafka.brokers,
    { ...place, first: start, last: end - 1 },
    { pageBytes: 2_000 },
  )) {
    paged.push(...page.records);
  }
  expect(paged.map(contentOf)).toEqual(whole.map(contentOf));
  return whole;
}
function valuesOf(records: readonly SourceRecord[]): string[] {
  return records.map(({ value }) => value?.toString() ?? 'null');
}

describe('both clients give the same records', () => {
  test('of every codec, with headers in their order, empty and null parts', async () => {
    const topic = await kafka.createTopic('codecs');
    for (const compression of ['none', 'gzip', 'snappy', 'lz4'] as const) {
      const producer = new TopicProducer(kafka.config, kafka.brokers, kafka.logger, { compression });
      await producer.publish(topic, [
        {
          key: null,
          value: compression,
          headers: { b: 'first', 1: 'number', a: 'last' },
          timestamp: 1_700_000_000_000,
        },
        { key: 'tombstone', value: null },
        { key: Buffer.alloc(0), value: '', headers: {} },
        ...Array.from({ length: 250 }, (_, index) => ({
          key: `key ${index}`,
          value: `${compression} ${'x'.repeat(index)}`,
        })),
      ]);
      await producer.close();
    }
    expect(await readByBoth(topic)).toHaveLength(4 * 253);
  });

  test('written by librdkafka with every codec', async ({ skip }) => {
    const kcat = promisify(execFile)('kcat', ['-V']).catch(() => null);
    if (!(await kcat)) return skip('kcat is not installed');
    const topic = await kafka.createTopic('librdkafka');
    const broker = kafka.config.kafka.brokers[0]!;
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      const args = ['-P', '-b', broker, '-t', topic, '-z', codec, '-H', 'x=1', '-H', 'y=2', '-H', 'x=3'];
      const child = promisify(execFile)('kcat', args);
      child.child.stdin!.end(Array.from({ length: 100 }, (_, index) => `${codec} ${index}`).join('\n'));
      await child;
    }
    const records = await readByBoth(topic);
    expect(valuesOf(records).filter((value) => value.startsWith('zstd'))).toHaveLength(100);
    expect(records[0]!.headers.map(([name, value]) => `${name}=${String(value)}`)).toEqual([
      'x=1',
      'y=2',
      'x=3',
    ]);
  });

  test('of aborted and committed transactions that overlap', async () => {
    const topic = await kafka.createTopic('transactions');
    const producers = ['one', 'two', 'three'].map((name) =>
      kafka.kafka.producer({ transactionalId: kafka.name(name), idempotent: true, maxInFlightRequests: 1 }),
    );
    for (const producer of producers) await producer.connect();
    const expected: string[] = [];
    for (let round = 0; round < 6; round++) {
      const open = await Promise.all(producers.map((producer) => producer.transaction()));
      for (let step = 0; step < 3; step++) {
        for (const [index, transaction] of open.entries()) {
          const aborted = (round + index) % 3 !== 0;
          const value = `${round}/${step}/${index}`;
          // A key of four zero bytes is what kafkajs itself takes for an abort marker.
          await transaction.send({ topic, messages: [{ key: Buffer.alloc(4), value }] });
          if (!aborted) expected.push(value);
        }
      }
      for (const [index, transaction] of open.entries()) {
        await ((round + index) % 3 === 0 ? transaction.commit() : transaction.abort());
      }
    }
    for (const producer of producers) await producer.disconnect();
    expect(valuesOf(await readByBoth(topic))).toEqual(expected);
  });

  test('of a log with holes from compaction', { timeout: 120_000 }, async () => {
    const topic = await kafka.createTopic('compacted', 1, {
      'cleanup.policy': 'compact',
      'segment.ms': '200',
      'min.cleanable.dirty.ratio': '0.01',
      'max.compaction.lag.ms': '200',
      'delete.retention.ms': '0',
    });
    const producer = new TopicProducer(kafka.config, kafka.brokers, kafka.logger);
    const keys = (round: number) =>
      Array.from({ length: 20 }, (_, key) => ({ key: String(key), value: `${round}/${key}` }));
    for (let round = 0; round < 5; round++) {
      await producer.publish(topic, [...keys(round), { key: `only ${round}`, value: 'once' }]);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const [description] = await describeTopics(kafka.brokers, [topic]);
    const range = { topic, topicId: description!.id, partition: 0, first: 0, last: 104 };
    await eventually(
      'the log is compacted',
      async () => (await readRange(kafka.brokers, range)).length <= 85,
      60_000,
    );
    await producer.close();
    const records = await readByBoth(topic);
    expect(valuesOf(records).filter((value) => value === 'once')).toHaveLength(5);
    expect(records.length).toBeLessThan(105);
  });
});
