import type { Config } from '../config/load-config.ts';
import type { Logger } from '../observability/logger.ts';
import { kafkajs, type Kafka, type KafkaConfig } from './wire/kafkajs.ts';

/** What of the configuration a connection to Kafka needs. */
export type KafkaSettings = Pick<Config, 'kafka' | 'settings'>;

/** SASL credentials with the mechanism's name as kafkajs spells it, or null without authentication. */
export function saslOf({ settings }: KafkaSettings) {
  if (!settings.KAFKA_SASL_MECHANISM) return null;
  return {
    mechanism: settings.KAFKA_SASL_MECHANISM,
    username: settings.KAFKA_SASL_USERNAME ?? '',
    password: settings.KAFKA_SASL_PASSWORD ?? '',
  };
}

/** A kafkajs client: for consumer groups and producing. Nothing is connected yet. */
export function createKafkaJs(config: KafkaSettings, logger: Logger): Kafka {
  const sasl = saslOf(config);
  return new kafkajs.Kafka({
    brokers: [...config.kafka.brokers],
    clientId: config.settings.KAFKA_CLIENT_ID,
    ssl: config.kafka.tls ?? false,
    ...(sasl && { sasl: sasl as NonNullable<KafkaConfig['sasl']> }),
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 5 },
    logLevel: kafkajs.logLevel.WARN,
    // What kafkajs calls an error it mostly mends by itself, dozens of lines in an outage; what it cannot mend is thrown,
    // or ends a session, and is told there.
    logCreator: () => (entry) => {
      const { message, ...rest } = entry.log;
      logger.debug({ ...rest, kafkajs: entry.namespace, timestamp: undefined, stack: undefined }, message);
    },
  });
}
