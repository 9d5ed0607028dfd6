import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TopicProducer } from '../../../src/kafka/producer.ts';
import { readPages, readRange } from '../../../src/kafka/range-reader.ts';
import { describeTopics, ensureTopic } from '../../../src/kafka/topics.ts';
import { Brokers } from '../../../src/kafka/brokers.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { connectTestKafka, eventually, type TestKafka } from '../../support/kafka.ts';

let kafka: TestKafka;
let producer: TopicProducer;
beforeAll(async () => {
  kafka = await connectTestKafka();
  producer = new TopicProducer(kafka.config, kafka.brokers, kafka.logger);
});
afterAll(async () => {
  await producer.close();
  await kafka.close();
});
async function rangeOf(topic: string, partition = 0) {
  const [description] = await describeTopics(kafka.brokers, [topic]);
  const { start, end } = description!.partitions[partition]!;
  return { topic, topicId: description!.id, partition, first: start, last: end - 1 };
}

describe('producer', () => {
  test('more than a record batch holds is split, and the order of a partition is kept', async () => {
    const topic = await kafka.createTopic('split');
    const random = () => Math.random().toString(36).repeat(100);
    const values = Array.from({ length: 3_000 }, (_, index) => `${index} ${random()}`);
    await producer.publish(
      topic,
      values.map((value) => ({ key: null, value })),
    );
    const records = await readRange(kafka.brokers, await rangeOf(topic));
    expect(records.map(({ value }) => value!.toString())).toEqual(values);
  });

  test('concurrent calls all arrive, each in its order', async () => {
    const topic = await kafka.createTopic('concurrent');
    const calls = Array.from({ length: 20 }, (_, call) =>
      producer.publish(
        topic,
        Array.from({ length: 50 }, (_, index) => ({ key: 'k', value: `${call}/${index}` })),
      ),
    );
    await Promise.all(calls);
    const values = (await readRange(kafka.brokers, await rangeOf(topic))).map(({ value }) =>
      value!.toString(),
    );
    expect(values).toHaveLength(1_000);
    for (let call = 0; call < 20; call++) {
      const own = values.filter((value) => value.startsWith(`${call}/`));
      expect(own).toEqual(Array.from({ length: 50 }, (_, index) => `${call}/${index}`));
    }
  });

  test('a topic with a lower limit gets smaller batches, and a message it never takes is named', async () => {
    const topic = await kafka.createTopic('limited', 1, { 'max.message.bytes': '20000' });
    const random = () => Array.from({ length: 500 }, () => Math.random().toString(36)).join('');
    const messages = Array.from({ length: 10 }, (_, index) => ({ key: null, value: `${index} ${random()}` }));
    await producer.publish(topic, messages);
    const large = {
      key: null,
      value: random().repeat(1) + random() + random() + random(),
      source: { topic: 'raw_orders', partition: 0, offset: 17 },
    };
    await expect(producer.publish(topic, [large])).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('raw_orders/0/17') as string,
    });
    await producer.publish(topic, [{ key: null, value: 'after' }]);
    const records = await readRange(kafka.brokers, await rangeOf(topic));
    expect(records.map(({ value }) => value!.toString())).toEqual([
      ...messages.map(({ value }) => value),
      'after',
    ]);
  });

  test('a missing topic is an error and is not created', async () => {
    const topic = kafka.name('missing');
    await expect(producer.publish(topic, [{ key: null, value: 'x' }])).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
    });
    expect((await kafka.brokers.metadata([topic])).has(topic)).toBe(false);
  });

  test('another topic that was deleted does not stop publishing', async () => {
    const gone = await kafka.createTopic('gone');
    const stays = await kafka.createTopic('stays');
    await producer.publish(gone, [{ key: null, value: '1' }]);
    await kafka.admin.deleteTopics({ topics: [gone] });
    await eventually('gone', async () => !(await kafka.brokers.metadata([gone])).has(gone));
    await producer.publish(stays, [{ key: null, value: '2' }]);
    expect((await rangeOf(stays)).last).toBe(0);
  });

  test('no broker is an outage that is told within seconds', async () => {
    const config = loadConfig({ KAFKA_BROKERS: '127.0.0.1:1' });
    const brokers = new Brokers(config);
    const lost = new TopicProducer(config, brokers, kafka.logger);
    await expect(lost.publish('any', [{ key: null, value: 'x' }])).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
    });
    await brokers.close();
  });
});

describe('range reader', () => {
  test('gives exactly the range', async () => {
    const topic = await kafka.createTopic('exact');
    await producer.publish(
      topic,
      Array.from({ length: 5_000 }, (_, index) => ({ key: null, value: String(index) })),
    );
    const range = { ...(await rangeOf(topic)), first: 1_234, last: 3_456 };
    const records = await readRange(kafka.brokers, range);
    expect(records.map(({ offset }) => offset)).toEqual(
      Array.from({ length: 2_223 }, (_, index) => 1_234 + index),
    );
  });

  test('does not pass over what is behind the range, although it was fetched with it', async () => {
    const topic = await kafka.createTopic('behind');
    for (const value of ['a', 'b', 'c']) await producer.publish(topic, [{ key: null, value }]);
    const seen: string[] = [];
    let first = 0;
    for (const last of [0, 1, 2])
      for await (const page of readPages(kafka.brokers, { ...(await rangeOf(topic)), first, last })) {
        seen.push(...page.records.map(({ value }) => value!.toString()));
        first = page.next;
      }
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('does not pass over what is behind the range, although it was fetched with it', async () => {
    const topic = await kafka.createTopic('behind');
    for (const value of ['a', 'b', 'c']) await producer.publish(topic, [{ key: null, value }]);
    const seen: string[] = [];
    let first = 0;
    for (const last of [0, 1, 2])
      for await (const page of readPages(kafka.brokers, { ...(await rangeOf(topic)), first, last })) {
        seen.push(...page.records.map(({ value }) => value!.toString()));
        first = page.next;
      }
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('says when the topic is another one, or gone, or the range is', async () => {
    const topic = await kafka.createTopic('identity');
    await producer.publish(
      topic,
      Array.from({ length: 10 }, (_, index) => ({ key: null, value: String(index) })),
    );
    const range = await rangeOf(topic);
    await kafka.deleteRecords(topic, 0, 5);
    await expect(readRange(kafka.brokers, range)).rejects.toMatchObject({ code: 'RANGE_GONE' });
    expect(await readRange(kafka.brokers, { ...range, first: 5 })).toHaveLength(5);
    await kafka.admin.deleteTopics({ topics: [topic] });
    await eventually('gone', async () => !(await kafka.brokers.metadata([topic])).has(topic));
    await expect(readRange(kafka.brokers, range)).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    await kafka.admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    await expect(readRange(kafka.brokers, range)).rejects.toMatchObject({ code: 'TOPIC_RECREATED' });
  });

  test('stops when it is told to', async () => {
    const topic = await kafka.createTopic('abort');
    const range = { ...(await rangeOf(topic)), first: 0, last: 10 };
    const signal = AbortSignal.timeout(300);
    await expect(readRange(kafka.brokers, range, { signal })).rejects.toThrow();
  });
});

test('a topic of ours is created once', async () => {
  const topic = kafka.name('ours');
  expect(await ensureTopic(kafka.brokers, topic, 2)).toBe(true);
  expect(await ensureTopic(kafka.brokers, topic, 2)).toBe(false);
  expect((await describeTopics(kafka.brokers, [topic]))[0]!.partitions).toHaveLength(2);
  await kafka.admin.deleteTopics({ topics: [topic] });
});
