import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeTopics } from '../../../src/kafka/topics.ts';
import { committedOffsets } from '../../../src/kafka/committed-offsets.ts';
import { orders } from '../../../src/pipelines/orders/orders.ts';
import { connectTemporal } from '../../../temporal/client/connection.ts';
import { batchWorkflowId } from '../../../temporal/contract.ts';
import type { processBatch } from '../../../temporal/workflows/process-batch.ts';
import { startAlir } from '../../support/alir-process.ts';
import { laneStack } from '../../support/lane-stack.ts';
import type { OrdersPlace } from '../../support/make-place.ts';
import { ordersPlace } from '../../support/orders-place.ts';
import { expectSums, expectTableToHold } from '../../support/verify-orders.ts';

/**
 * A batch that nobody works on, because it waits in a queue of its own, holds partition 0. It is then terminated, as
 * somebody would in the Web UI.
 */
async function holdPartitionZero(place: OrdersPlace) {
  const client = await connectTemporal(place.config);
  const [topic] = await describeTopics(place.brokers, ['raw_orders']);
  const range = {
    pipeline: 'orders',
    topic: 'raw_orders',
    topicId: topic?.id ?? '',
    epoch: 1,
    partition: 0,
    first: 0,
    last: 99,
  };
  const handle = await client.workflow.start<typeof processBatch>('processBatch', {
    workflowId: batchWorkflowId(range),
    taskQueue: 'nobody-works-here',
    args: [{ range, flag: 'live', syncAt: new Date().toISOString() }],
    memo: { last: range.last, topicId: range.topicId },
  });
  return { client, handle };
}

test('one partition held for 30 s: the others move; terminated, its batch runs again before it goes on', async () => {
  const place = await ordersPlace(laneStack());
  const { client, handle } = await holdPartitionZero(place);
  const position = async (partition: number) =>
    (await committedOffsets(place.brokers, orders.group, new Map([['raw_orders', [partition]]]))).get(
      `raw_orders/${partition}`,
    )?.offset ?? 0;

  const alir = await startAlir('run', place.environment);
  const sent = await place.send({ count: 12_000, badShare: 0.01, repeatShare: 0.1, seed: 5 });
  const [topic] = await describeTopics(place.brokers, ['raw_orders']);
  const ends = topic?.partitions.map(({ end }) => end) ?? [];
  await expect.poll(() => position(1), { timeout: 30_000 }).toBe(ends[1]);
  await expect.poll(() => position(2), { timeout: 30_000 }).toBe(ends[2]);
  await delay(30_000);
  expect(await position(0)).toBe(0);

  await handle.terminate('by hand');
  await place.processed();
  await alir.end();
  await client.connection.close();

  const first = await place.database.etlBatch.findMany({
    where: { partition: 0 },
    orderBy: { id: 'asc' },
    take: 1,
  });
  expect(first.map(({ firstOffset, lastOffset }) => [Number(firstOffset), Number(lastOffset)])).toEqual([
    [0, 99],
  ]);
  await expectTableToHold(place.database, sent);
  await expectSums(place.database, sent);
});
