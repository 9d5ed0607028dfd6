import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTopicLags } from '../../../src/operations/status/topic-lag.ts';
import { describeTopics } from '../../../src/kafka/topics.ts';
import { connectTestKafka, type TestKafka } from '../../support/kafka.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await connectTestKafka();
});
afterAll(() => kafka.close());

/** A topic with these values in its only partition. */
async function topicWith(...values: readonly string[]): Promise<string> {
  const topic = await kafka.createTopic('lag');
  const producer = kafka.kafka.producer();
  await producer.connect();
  for (const value of values) await producer.send({ topic, messages: [{ value }] });
  await producer.disconnect();
  return topic;
}

async function lagOf(topic: string, position: number): Promise<{ records: number; seconds: number | null }> {
  const topics = await describeTopics(kafka.brokers, [topic]);
  const lags = await readTopicLags(kafka.brokers, topics, () => position);
  return lags.get(topic) ?? { records: -1, seconds: null };
}

function change(secondsAgo: number): string {
  const ts = Math.floor(Date.now() / 1000) - secondsAgo;
  return JSON.stringify({ database: 'shop', table: 't', type: 'insert', ts, data: { n: 1 } });
}

test('the lag counts from the commit in the source, also where Maxwell was late', async () => {
  const topic = await topicWith(change(7_200), change(60));
  const all = await lagOf(topic, 0);
  expect(all.records).toBe(2);
  expect(all.seconds).toBeGreaterThanOrEqual(7_200);
  const second = await lagOf(topic, 1);
  expect(second.records).toBe(1);
  expect(second.seconds).toBeGreaterThanOrEqual(60);
  expect(second.seconds).toBeLessThan(7_200);
  expect(await lagOf(topic, 2)).toEqual({ records: 0, seconds: 0 });
});
