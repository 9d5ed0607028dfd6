import type { Config } from '../../config/load-config.ts';
import { Brokers, type BrokerAddress } from '../../kafka/brokers.ts';
import { createKafkaJs } from '../../kafka/kafkajs-client.ts';
import {
  committedOffsets,
  type CommittedOffset,
  type PartitionsByTopic,
} from '../../kafka/committed-offsets.ts';
import { toKafkaError } from '../../kafka/kafka-errors.ts';
import type { Admin } from '../../kafka/wire/kafkajs.ts';
import { describeTopics, type TopicDescription } from '../../kafka/topics.ts';
import { createLogger } from '../../observability/logger.ts';

/** Asks Kafka. Every method throws AlirError KAFKA_UNAVAILABLE or KAFKA_ACCESS_DENIED. */
export interface KafkaReader {
  /** Resolves when a broker answers at one of the configured addresses. */
  reach(): Promise<void>;
  /** The addresses that the cluster tells its clients to use. */
  advertised(): Promise<BrokerAddress[]>;
  /** Resolves when a broker answers at this address. */
  reachAt(address: BrokerAddress): Promise<void>;
  topicNames(): Promise<string[]>;
  topics(names: readonly string[]): Promise<TopicDescription[]>;
  committed(group: string, partitions: PartitionsByTopic): Promise<Map<string, CommittedOffset>>;
  /** Consumers that are in the group now. */
  members(group: string): Promise<number>;
  /** Partitions of a topic that the brokers make by themselves; null: they make none, or do not say. */
  partitionsOfNewTopics(): Promise<number | null>;
}

const brokerResource = 4;

/** Nothing is connected yet. */
export function openKafkaReader(config: Config): KafkaReader & { close(): Promise<void> } {
  const brokers = new Brokers(config);
  let connecting: Promise<Admin> | undefined;

  async function ask<T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      connecting ??= connect(config);
      return await question(await connecting);
    } catch (error) {
      throw toKafkaError(error, doing);
    }
  }

  return {
    async reach() {
      await brokers.metadata([]);
    },
    advertised: () =>
      ask('Asking Kafka for its brokers', async (admin) => {
        const cluster = await admin.describeCluster();
        return cluster.brokers.map(({ host, port }) => ({ host, port }));
      }),
    reachAt: ({ host, port }) =>
      brokers.call(`Connecting to ${host}:${port}`, () => Promise.resolve(), { host, port }),
    topicNames: () => ask('Asking Kafka for its topics', (admin) => admin.listTopics()),
    topics: (names) => describeTopics(brokers, names),
    committed: (group, partitions) => committedOffsets(brokers, group, partitions),
    members: (group) =>
      ask(`Asking Kafka for the group ${group}`, async (admin) => {
        const { groups } = await admin.describeGroups([group]);
        return groups[0]?.members.length ?? 0;
      }),
    partitionsOfNewTopics: () =>
      ask("Asking Kafka for a broker's settings", async (admin) => {
        const { controller } = await admin.describeCluster();
        const configNames = ['num.partitions', 'auto.create.topics.enable'];
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: brokerResource, name: String(controller ?? 0), configNames }],
        });
        const entries = resources.flatMap(({ configEntries }) => configEntries);
        const value = (name: string) => entries.find(({ configName }) => configName === name)?.configValue;
        return value('auto.create.topics.enable') === 'true' ? Number(value('num.partitions')) : null;
      }),
    async close() {
      // What could not be connected has been reported by the check that asked.
      await connecting?.then((admin) => admin.disconnect()).catch(() => undefined);
      await brokers.close().catch(() => undefined);
    },
  };
}

async function connect(config: Config): Promise<Admin> {
  const admin = createKafkaJs(config, createLogger('silent')).admin({ retry: { retries: 1 } });
  await admin.connect();
  return admin;
}
