import { randomUUID } from 'node:crypto';
import { deleteRecordsV2 } from '@platformatic/kafka';
import { loadConfig, type Config } from '../../src/config/load-config.ts';
import { Brokers } from '../../src/kafka/brokers.ts';
import { createKafkaJs } from '../../src/kafka/kafkajs-client.ts';
import type { Admin, Kafka } from '../../src/kafka/wire/kafkajs.ts';
import { createLogger, type Logger } from '../../src/observability/logger.ts';
import { laneStack } from './lane-stack.ts';

/** The broker of the lane, for one test file. */
export interface TestKafka {
  readonly config: Config;
  readonly logger: Logger;
  readonly brokers: Brokers;
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** A name that no other test has. */
  name(what: string): string;
  /** Creates a topic that goes away with `close()`. */
  createTopic(what: string, partitions?: number, configs?: Readonly<Record<string, string>>): Promise<string>;
  /** Creates topics of these names, in one request; they go away with `close()`. */
  createTopics(names: readonly string[]): Promise<void>;
  /** Deletes a topic and waits until it is gone. */
  deleteTopic(topic: string): Promise<void>;
  /** Removes the records before an offset, as retention does. */
  deleteRecords(topic: string, partition: number, before: number): Promise<void>;
  /** Removes what the tests made. */
  close(): Promise<void>;
}

export async function connectTestKafka(broker = laneStack().kafka.bootstrap): Promise<TestKafka> {
  const config = loadConfig({ KAFKA_BROKERS: broker, KAFKA_CLIENT_ID: 'alir-test' });
  const logger = createLogger(process.env['ALIR_TEST_LOG'] ?? 'silent');
  const brokers = new Brokers(config);
  const kafka = createKafkaJs(config, logger);
  const admin = kafka.admin();
  await admin.connect();
  const topics: string[] = [];
  const name = (what: string) => `test.${what}.${randomUUID().slice(0, 8)}`;
  return {
    config,
    logger,
    brokers,
    kafka,
    admin,
    name,
    async createTopic(what, partitions = 1, configs = {}) {
      const topic = name(what);
      const configEntries = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
      topics.push(topic);
      await admin.createTopics({ topics: [{ topic, numPartitions: partitions, configEntries }] });
      return topic;
    },
    async createTopics(names) {
      topics.push(...names);
      await admin.createTopics({ topics: names.map((topic) => ({ topic, numPartitions: 1 })) });
    },
    async deleteTopic(topic) {
      await admin.deleteTopics({ topics: [topic] });
      await eventually(`${topic} is gone`, async () => !(await brokers.metadata([topic])).has(topic));
    },
    async deleteRecords(topic, partition, before) {
      const leader = (await brokers.metadata([topic])).get(topic)?.leaders[partition];
      const request = [{ name: topic, partitions: [{ partitionIndex: partition, offset: BigInt(before) }] }];
      await brokers.call(
        'Deleting records',
        (connection) => deleteRecordsV2.api.async(connection, request, 10_000),
        leader!,
      );
    },
    async close() {
      if (topics.length > 0) await admin.deleteTopics({ topics }).catch(() => undefined);
      await admin.disconnect();
      await brokers.close();
    },
  };
}

/** Waits until `check` holds, and fails with `what` when it does not within `milliseconds`. */
export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  milliseconds = 60_000,
): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
