/**
 * Requests to brokers through @platformatic/kafka's connections: what kafkajs cannot do, which is to see topic ids and
 * to read offsets without a group.
 */
import { isIP } from 'node:net';
import type * as Protocol from '@platformatic/kafka';
import type { Connection, ConnectionPool, metadataV12 } from '@platformatic/kafka';
import { AlirError } from '../errors/alir-error.ts';
import { saslOf, type KafkaSettings } from './kafkajs-client.ts';
import { toKafkaError } from './kafka-errors.ts';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** A topic as the metadata show it. */
export interface TopicMetadata {
  readonly name: string;
  /** Kafka's UUID in its canonical text form. */
  readonly id: string;
  /** Leader of each partition, by partition number; null while there is none. */
  readonly leaders: readonly (BrokerAddress | null)[];
}

const noTopicErrors = [3, 100]; // UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID
const leaderMissing = 5; // LEADER_NOT_AVAILABLE: a topic that is being created

/**
 * The requests that Kafka knows, loaded with the first one: compiling the library's schemas takes a third of what it takes
 * to start a command, and many ask nothing of Kafka.
 */
const loadProtocol = (): Promise<typeof Protocol> => import('@platformatic/kafka');

export class Brokers {
  readonly #config: KafkaSettings;
  readonly #bootstrap: readonly BrokerAddress[];
  #pool: ConnectionPool | undefined;

  constructor(config: KafkaSettings) {
    this.#config = config;
    this.#bootstrap = config.kafka.brokers.map(parseAddress);
  }

  /**
   * The topics of these names that exist. Never creates one.
   *
   * @throws AlirError KAFKA_UNAVAILABLE, KAFKA_ACCESS_DENIED
   */
  async metadata(names: readonly string[]): Promise<Map<string, TopicMetadata>> {
    const response = await this.#metadata(names);
    const brokers = new Map(response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    const topics = new Map<string, TopicMetadata>();
    for (const { name, topicId, errorCode, partitions } of response.topics) {
      if (!name || noTopicErrors.includes(errorCode) || errorCode === leaderMissing) continue;
      const leaders: (BrokerAddress | null)[] = [];
      for (const { partitionIndex, leaderId } of partitions)
        leaders[partitionIndex] = brokers.get(leaderId) ?? null;
      topics.set(name, { name, id: topicId, leaders });
    }
    return topics;
  }

  /** Sends a request to any broker, or to the one given. Errors of the connection become AlirErrors. */
  async call<T>(
    doing: string,
    send: (connection: Connection, protocol: typeof Protocol) => Promise<T>,
    to?: BrokerAddress,
  ): Promise<T> {
    const protocol = await loadProtocol();
    const pool = (this.#pool ??= this.#connections(protocol));
    let connection: Connection | undefined;
    try {
      connection = await (to ? pool.get(to) : pool.getFirstAvailable([...this.#bootstrap]));
      return await send(connection, protocol);
    } catch (error) {
      // A request that timed out leaves a connection that may be half open: the next one gets a new connection.
      if (/timed out/i.test((error as Error).message)) connection?.socket?.destroy();
      throw toKafkaError(error, doing);
    }
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  #connections({ ConnectionPool }: typeof Protocol): ConnectionPool {
    const config = this.#config;
    const sasl = saslOf(config);
    return new ConnectionPool(config.settings.KAFKA_CLIENT_ID, {
      connectTimeout: 5_000,
      requestTimeout: 15_000,
      maxInflights: 100,
      ...(config.kafka.tls && { tls: config.kafka.tls }),
      // Tells a proxy before the brokers which one is meant; an address must not be told.
      tlsServerName: this.#bootstrap.some(({ host }) => isIP(host) === 0),
      ...(sasl && { sasl: { ...sasl, mechanism: sasl.mechanism.toUpperCase() as 'PLAIN' } }),
    });
  }

  async #metadata(names: readonly string[]): Promise<metadataV12.MetadataResponse> {
    const topics = [...names];
    return await this.call(
      `Asking Kafka for ${topics.join(', ') || 'its brokers'}`,
      async (connection, protocol) => {
        try {
          return await protocol.metadataV12.api.async(connection, topics, false, false);
        } catch (error) {
          // The library throws when any topic has an error; the answer for the others is in the error.
          const { response } = error as { response?: metadataV12.MetadataResponse };
          const failed = response?.topics.find(
            ({ errorCode }) =>
              errorCode !== 0 && errorCode !== leaderMissing && !noTopicErrors.includes(errorCode),
          );
          if (!response || failed) throw error;
          return response;
        }
      },
    );
  }
}

function parseAddress(broker: string): BrokerAddress {
  const match = /^\[?([^\]]+?)\]?(?::(\d+))?$/.exec(broker);
  if (!match?.[1]) throw new AlirError('CONFIG_INVALID', `KAFKA_BROKERS: "${broker}" is not host:port.`);
  return { host: match[1], port: Number(match[2] ?? 9092) };
}
