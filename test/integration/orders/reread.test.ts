import { expect, test } from 'vitest';
import { createKafkaJs } from '../../../src/kafka/kafkajs-client.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { orders } from '../../../src/pipelines/orders/orders.ts';
import { startAlir } from '../../support/alir-process.ts';
import { laneStack } from '../../support/lane-stack.ts';
import type { OrdersPlace } from '../../support/make-place.ts';
import { readOrders } from '../../support/orders-table.ts';
import { ordersPlace } from '../../support/orders-place.ts';
import { expectDeadLetters, expectSums, expectTableToHold } from '../../support/verify-orders.ts';

const simulation = { count: 8_000, badShare: 0.01, repeatShare: 0.2, seed: 42 };

/** What the course does with kafka-consumer-groups.sh --reset-offsets --to-earliest. */
async function resetOffsets(place: OrdersPlace): Promise<void> {
  const admin = createKafkaJs(place.config, createLogger('silent')).admin();
  await admin.connect();
  await admin.resetOffsets({ groupId: orders.group, topic: 'raw_orders', earliest: true });
  await admin.disconnect();
}

async function loadOnce(place: OrdersPlace) {
  const alir = await startAlir('run', place.environment);
  const sent = await place.send(simulation);
  await place.processed();
  await alir.end();
  return sent;
}

async function readAgain(place: OrdersPlace): Promise<void> {
  await resetOffsets(place);
  const alir = await startAlir('run', place.environment);
  await place.processed();
  await alir.end();
}

test('group offsets reset to the beginning: everything is read again, the table does not change', async () => {
  const place = await ordersPlace(laneStack());
  const sent = await loadOnce(place);
  const before = await readOrders(place.database);
  const versions =
    "SELECT CAST(SUM(CRC32(CONCAT_WS('/', id, _topic, _partition, _offset, flag, sync_at))) AS CHAR) AS sum FROM orders";
  const fingerprint = await place.database.$queryRawUnsafe(versions);

  await readAgain(place);

  expect(await readOrders(place.database)).toEqual(before);
  expect(await place.database.$queryRawUnsafe(versions)).toEqual(fingerprint);
  const where = { pipeline: 'orders' }; // Maxwell's own topic, which the replica reads, was not reset
  const runs = await place.database.etlBatch.count({ where });
  const ranges = await place.database.etlBatch.groupBy({
    by: ['topic', 'partition', 'firstOffset'],
    where,
  });
  expect(runs).toBe(2 * ranges.length); // every range was run again, with the same cut
  await expectSums(place.database, sent);
  await expectDeadLetters(place.database, sent);
});

test('table truncated and offsets reset: it fills again', async () => {
  const place = await ordersPlace(laneStack());
  const sent = await loadOnce(place);
  await place.database.$executeRawUnsafe('TRUNCATE orders');
  await readAgain(place);
  await expectTableToHold(place.database, sent);
});
