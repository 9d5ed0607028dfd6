import { randomUUID } from 'node:crypto';
import { applyBatch } from '../../src/apply/apply-batch.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Database } from '../../src/mysql/connection.ts';
import type { LetterContext } from '../../src/operations/dead-letters/letter-filter.ts';
import { ordersTable } from '../../src/pipelines/orders/target-row.ts';
import { transformOrder } from '../../src/pipelines/orders/transform-order.ts';
import { packOutcome } from '../../src/pipelines/packed-outcome.ts';
import { makeRecord } from './records.ts';

/** A value of raw_orders, and the key that it is sent with. */
export interface SentOrder {
  readonly value: string | Buffer;
  readonly key?: string;
}

/** Applies orders as one batch of raw_orders; those that are wrong become letters. */
export async function applyOrders(
  database: Database,
  orders: readonly SentOrder[],
  { first = 0, topic = 'raw_orders' } = {},
): Promise<void> {
  const syncAt = new Date().toISOString();
  const records = orders.map(({ value, key }, index) => {
    const record = makeRecord({
      topic,
      partition: 0,
      offset: first + index,
      timestamp: 1_790_000_000_000 + index,
      key: key === undefined ? null : Buffer.from(key),
      value: Buffer.from(value),
      headers: [],
    });
    const outcome = transformOrder(record, { flag: 'live', syncAt, epoch: 1 });
    return { record, outcome: packOutcome(ordersTable, record, outcome, () => Buffer.alloc(0)) };
  });
  await applyBatch(database, {
    pipeline: 'orders',
    range: { topic, topicId: 'topic-1', epoch: 1, partition: 0, first, last: first + orders.length - 1 },
    run: randomUUID(),
    workflowId: `orders/${topic}/1/0/${first}`,
    flag: 'live',
    table: ordersTable,
    records,
  });
}

/** What operations on letters need, on a test's own database. */
export function letterContext(database: Database): LetterContext {
  return { database, config: loadConfig() };
}

/** A letter of a table of the replica, as a batch of the pipeline `cdc` leaves it. */
export async function insertReplicaLetter(database: Database, offset: number): Promise<void> {
  await database.$executeRawUnsafe(
    'INSERT INTO etl_dead_letters (pipeline, topic, epoch, `partition`, `offset`, code, reason, value_bytes, ' +
      'header_bytes, record_ms, run, created_at, updated_at) ' +
      "VALUES ('cdc', 'producer.app_producer.orders', 1, 0, ?, 'ROW_REJECTED', 'column total is out of range', " +
      "'{}', '[]', 0, 'r', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
    offset,
  );
}
