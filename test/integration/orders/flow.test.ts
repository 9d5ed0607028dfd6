import { expect, test } from 'vitest';
import { countPublished } from '../../../src/lab/demo/input-window.ts';
import { describeTopics } from '../../../src/kafka/topics.ts';
import { connectTemporal } from '../../../temporal/client/connection.ts';
import { startAlir } from '../../support/alir-process.ts';
import { laneStack } from '../../support/lane-stack.ts';
import { ordersPlace } from '../../support/orders-place.ts';
import { expectDeadLetters, expectSums, expectTableToHold } from '../../support/verify-orders.ts';

test('50,000 orders, 1 % poison, 10 % repeated ids, all partitions: every one is accounted for', async () => {
  const place = await ordersPlace(laneStack());
  const alir = await startAlir('run', place.environment);
  const sent = await place.send({ count: 50_000, badShare: 0.01, repeatShare: 0.1, seed: 20261123 });
  await place.processed();
  expect(await alir.end()).toBe(0);

  await expectTableToHold(place.database, sent);
  await expectDeadLetters(place.database, sent);
  await expectSums(place.database, sent);
  expect(await countPublished(place.brokers, 'enriched_orders', new Map())).toBe(sent.good);
  expect(await countPublished(place.brokers, 'raw_orders.dlq', new Map())).toBe(sent.bad);

  const [topic] = await describeTopics(place.brokers, ['raw_orders']);
  expect(topic?.partitions.map(({ end }) => end > 1000)).toEqual([true, true, true]);
});

test('histories hold no row, stay under 20 events, and show summary and search attributes', async () => {
  const place = await ordersPlace(laneStack(), { ALIR_BATCH_MAX_ROWS: '500' });
  const alir = await startAlir('run', place.environment);
  await place.send({ count: 3_000, badShare: 0.02, repeatShare: 0.1, seed: 7 });
  await place.processed();
  await alir.end();

  const client = await connectTemporal(place.config);
  let batches = 0;
  try {
    for await (const { workflowId, runId } of client.workflow.list({ query: "Pipeline = 'orders'" })) {
      batches += 1;
      const handle = client.workflow.getHandle(workflowId, runId);
      const history = await handle.fetchHistory();
      expect(history.events?.length).toBeLessThan(20);
      const text = JSON.stringify(history, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString() : value,
      );
      expect(text).not.toMatch(/kampus|@gmail|ORD-|customer|\+62/i);
      expect(text).toContain('raw_orders');
    }
  } finally {
    await client.connection.close();
  }
  expect(batches).toBeGreaterThan(2);
});

test('an older version after a newer one, and the same order twice: the table keeps the newer', async () => {
  const place = await ordersPlace(laneStack());
  const alir = await startAlir('run', place.environment);
  const order = (total: string, updatedAt: string) => ({
    key: null,
    value: JSON.stringify({ id: 7, order_no: 'ORD-7', total, updated_at: updatedAt }),
  });
  const total = () =>
    place.database.order.findUnique({ where: { id: 7n } }).then((row) => row?.total.toFixed(2));
  await place.producer.publish('raw_orders', [order('20.00', '2026-11-23T08:00:02+07:00')]);
  await place.processed();
  expect(await total()).toBe('20.00');
  await place.producer.publish('raw_orders', [order('10.00', '2026-11-23T08:00:01+07:00')]);
  await place.producer.publish('raw_orders', [order('20.00', '2026-11-23T08:00:02+07:00')]);
  await place.processed();
  expect(await total()).toBe('20.00');
  await place.producer.publish('raw_orders', [order('30.00', '2026-11-23T08:00:03+07:00')]);
  await place.processed();
  expect(await total()).toBe('30.00');
  await alir.end();
});
