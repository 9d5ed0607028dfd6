import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { msToTs } from '@temporalio/common/lib/time.js';
import { lagOf, endsOf } from '../../src/lab/demo/input-window.ts';
import { sendOrders, type SendOptions } from '../../src/lab/send-orders.ts';
import { loadConfig, type Config } from '../../src/config/load-config.ts';
import { settingsOfStack, type StackDescription } from '../../src/config/running-stack.ts';
import { openDatabase, type Database } from '../../src/mysql/connection.ts';
import { migrate } from '../../src/mysql/migrations/migrate.ts';
import { ensureDatabase } from '../../src/mysql/server-connection.ts';
import { Brokers } from '../../src/kafka/brokers.ts';
import { TopicProducer } from '../../src/kafka/producer.ts';
import { createKafkaJs } from '../../src/kafka/kafkajs-client.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { ensureTopic } from '../../src/kafka/topics.ts';
import { orders } from '../../src/pipelines/orders/orders.ts';
import type { ExpectedResult } from '../../src/lab/simulator/expected-result.ts';
import { connectTemporal } from '../../temporal/client/connection.ts';

const ourTopics = ['raw_orders', 'enriched_orders', 'raw_orders.dlq'] as const;

/** A place for one test of the orders pipeline: fresh topics, a database and a Temporal namespace of its own. */
export interface OrdersPlace {
  readonly config: Config;
  /** For `startAlir`: everything that makes a process work in this place. */
  readonly environment: Readonly<Record<string, string>>;
  readonly brokers: Brokers;
  readonly producer: TopicProducer;
  readonly database: Database;
  send(options: Omit<SendOptions, 'topic'>): Promise<ExpectedResult>;
  /** Waits until the group has committed everything that the topics hold. */
  processed(withinMs?: number): Promise<void>;
}

/** Makes the place on a running stack. */
export async function makePlace(
  stack: StackDescription,
  settings: Record<string, string> = {},
): Promise<{ place: OrdersPlace; close: () => Promise<void> }> {
  const id = randomUUID().slice(0, 8);
  const environment = {
    ...settingsOfStack(stack),
    TEMPORAL_NAMESPACE: `test-${id}`,
    MYSQL_DATABASE: `app_consumer_${id}`,
    MYSQL_REPLICA_DATABASE: `app_olap_${id}`,
    ALIR_LOG_LEVEL: process.env['ALIR_LOG_LEVEL'] ?? 'info',
    ...settings,
  };
  const config = loadConfig(environment);
  await registerNamespace(config);
  await migrate(config.target, () => undefined);
  await ensureDatabase({ ...config.target, database: config.settings.MYSQL_REPLICA_DATABASE });
  await recreateTopics(config);
  const brokers = new Brokers(config);
  const producer = new TopicProducer(config, brokers, createLogger('silent'));
  const database = openDatabase(config.target, { poolSize: 3 });
  const place: OrdersPlace = {
    config,
    environment,
    brokers,
    producer,
    database,
    send: (options) => sendOrders(producer, { ...options, topic: 'raw_orders' }),
    processed: (withinMs = 120_000) => processed(brokers, withinMs),
  };
  const close = async (): Promise<void> => {
    await producer.close();
    await brokers.close();
    await database.$disconnect();
  };
  return { place, close };
}

async function processed(brokers: Brokers, withinMs: number): Promise<void> {
  const ends = await endsOf(brokers, orders.topics);
  for (let waited = 0; ; waited += 100) {
    const lag = await lagOf(brokers, orders, ends);
    if (lag === 0) return;
    if (waited > withinMs) throw new Error(`${lag} records still wait after ${withinMs / 1000} s`);
    await delay(100);
  }
}

/** Deletes and creates the pipeline's topics: empty logs, no committed offsets, new topic ids. */
export async function recreateTopics(config: Config): Promise<void> {
  await deleteTopics(config);
  const brokers = new Brokers(config);
  try {
    for (const topic of ourTopics) await ensureTopic(brokers, topic, topic === 'raw_orders.dlq' ? 1 : 3);
  } finally {
    await brokers.close();
  }
}

/** Deletes the pipeline's topics and waits until they are gone. */
export async function deleteTopics(config: Config): Promise<void> {
  const admin = createKafkaJs(config, createLogger('silent')).admin();
  await admin.connect();
  try {
    const existing = await admin.listTopics();
    const topics = ourTopics.filter((topic) => existing.includes(topic));
    if (topics.length > 0) await admin.deleteTopics({ topics: [...topics] });
    for (
      let waited = 0;
      (await admin.listTopics()).some((name) => topics.includes(name as never));
      waited += 100
    ) {
      if (waited > 20_000) throw new Error('the topics are still there');
      await delay(100);
    }
  } finally {
    await admin.disconnect();
  }
}

async function registerNamespace(config: Config): Promise<void> {
  const client = await connectTemporal(config);
  try {
    const namespace = config.settings.TEMPORAL_NAMESPACE;
    const retention = msToTs('1 day');
    await client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: retention,
    });
    // A namespace is known to all parts of the server some moments after it was registered.
    for (let waited = 0; waited < 20_000; waited += 200) {
      try {
        await client.workflowService.countWorkflowExecutions({ namespace, query: '' });
        return;
      } catch {
        await delay(200);
      }
    }
  } finally {
    await client.connection.close();
  }
}
