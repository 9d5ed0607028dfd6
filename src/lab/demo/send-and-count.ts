import { openCommandDatabase } from '../../operations/command-database.ts';
import { workflowListLink } from '../../operations/web-ui.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/load-config.ts';
import type { StackDescription } from '../../config/running-stack.ts';
import { sumCounts } from '../../metadata/batches.ts';
import type { Database } from '../../mysql/connection.ts';
import { writeSourceOrders } from '../source-orders.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { plural } from '../../errors/sentences.ts';
import { Brokers } from '../../kafka/brokers.ts';
import { TopicProducer } from '../../kafka/producer.ts';
import { createLogger } from '../../observability/logger.ts';
import { loadedOf } from '../../pipelines/counts.ts';
import { orders } from '../../pipelines/orders/orders.ts';
import { freshOrders, sendOrders } from '../send-orders.ts';
import { countPublished, endsOf, waitUntilProcessed } from './input-window.ts';

/** What became of the demo's orders. */
export interface OrderCounts {
  /** Messages to raw_orders, and changed rows of app_producer.orders. */
  readonly sent: number;
  /** Messages on enriched_orders, by source coordinates. */
  readonly enriched: number;
  readonly loaded: number;
  readonly updated: number;
  readonly deadLettered: number;
  readonly batches: number;
  readonly seconds: number;
  /** The batches in the Temporal Web UI. */
  readonly ui: string;
}

const sourceOrders = 500;
const patienceMs = 120_000;
const sourceTopic = 'producer.app_producer.orders';

/**
 * Sends orders through both doors and waits until every one is accounted for.
 *
 * @throws AlirError CHECK_FAILED when the sums do not agree
 */
export async function sendAndCount(
  config: Config,
  stack: StackDescription,
  options: { orders: number; tell: (line: string) => void },
): Promise<OrderCounts> {
  const brokers = new Brokers(config);
  const producer = new TopicProducer(config, brokers, createLogger('silent'));
  const database = openCommandDatabase(config);
  try {
    const throughMaxwell = stack.maxwell.running ? sourceOrders : 0;
    if (throughMaxwell > 0) await waitForMaxwell(config, database, options.tell);
    await waitUntilProcessed(brokers, orders);
    const outputBefore = await endsOf(brokers, ['enriched_orders']);
    const since = await databaseTime(database);
    const started = performance.now();

    options.tell(
      `Sending ${plural(options.orders, 'order')} to raw_orders, 1 % of them bad, 10 % in several versions`,
    );
    const simulation = { ...freshOrders(options.orders), badShare: 0.01, repeatShare: 0.1, seed: Date.now() };
    const sent = await sendOrders(producer, { ...simulation, topic: 'raw_orders', count: options.orders });
    let changedRows = 0;
    if (throughMaxwell > 0) {
      options.tell(
        `Writing ${throughMaxwell} orders into ${config.source.database}.orders, for Maxwell to find`,
      );
      changedRows = await writeAndWait(config, brokers, throughMaxwell);
    }
    options.tell('Waiting until every order is accounted for');
    await waitUntilProcessed(brokers, orders);
    const seconds = Number(((performance.now() - started) / 1000).toFixed(1));

    const sums = await sumCounts(database, orders.name, since);
    const result = {
      sent: sent.sent + changedRows,
      enriched: await countPublished(brokers, 'enriched_orders', outputBefore),
      loaded: loadedOf(sums.counts),
      updated: sums.counts.updated,
      deadLettered: sums.counts.deadLettered,
      batches: sums.batches,
      seconds,
      ui: workflowListLink(config.settings, '`Pipeline`="orders"'),
    };
    if (result.sent !== result.loaded + result.deadLettered || result.enriched !== result.loaded) {
      throw new AlirError('CHECK_FAILED', `The figures do not agree: ${JSON.stringify(result)}.`);
    }
    return result;
  } finally {
    await producer.close();
    await brokers.close();
    await database.$disconnect();
  }
}

/** Writes one order and waits for it: Maxwell is in order, so whatever came before it has come by too. */
async function waitForMaxwell(
  config: Config,
  database: Database,
  tell: (line: string) => void,
): Promise<void> {
  tell('Waiting for Maxwell to follow the source database');
  const { newestId } = await writeSourceOrders(config.source, { count: 1, seed: Date.now() });
  for (let waited = 0; waited < patienceMs; waited += 200) {
    if (await database.order.findUnique({ where: { id: newestId }, select: { id: true } })) return;
    await delay(200);
  }
  throw new AlirError('CHECK_FAILED', `Order ${newestId} of the source has not arrived after two minutes.`);
}

/** Writes orders into the source and waits until Maxwell has sent the rows; returns how many those are. */
async function writeAndWait(config: Config, brokers: Brokers, rows: number): Promise<number> {
  const before = await endOfSource(brokers);
  const { changed } = await writeSourceOrders(config.source, { count: rows, seed: Date.now() });
  for (let waited = 0; (await endOfSource(brokers)) < before + changed; waited += 100) {
    if (waited > patienceMs) throw new AlirError('CHECK_FAILED', 'Maxwell has sent nothing for two minutes.');
    await delay(100);
  }
  return changed;
}

async function endOfSource(brokers: Brokers): Promise<number> {
  const ends = await endsOf(brokers, [sourceTopic]);
  return [...ends.values()].reduce((sum, end) => sum + end, 0);
}

async function databaseTime(database: Database): Promise<Date> {
  const [row] = await database.$queryRaw<{ now: Date }[]>`SELECT UTC_TIMESTAMP(6) AS now`;
  return row?.now ?? new Date();
}
