import { expect, test } from 'vitest';
import { sumCounts } from '../../../src/metadata/batches.ts';
import { startAlir } from '../../support/alir-process.ts';
import { laneStack } from '../../support/lane-stack.ts';
import { recreateTopics } from '../../support/make-place.ts';
import { ordersPlace } from '../../support/orders-place.ts';
import { expectTableToHold } from '../../support/verify-orders.ts';

test('a topic deleted and made again under a running consumer: a new epoch, and everything of the new topic arrives', async () => {
  const place = await ordersPlace(laneStack());
  const alir = await startAlir('run', place.environment);
  await place.send({ count: 4_000, seed: 1 });
  await place.processed();
  const before = await sumCounts(place.database, 'orders');
  expect(before.counts.rows).toBe(4_000);

  await recreateTopics(place.config);
  await place.database.$executeRawUnsafe('DELETE FROM orders');
  // Other ids than before, and fewer records than the committed offsets of the old topic would skip.
  const sent = await place.send({ count: 2_500, seed: 2, firstId: 5_000_000n });
  await expect
    .poll(async () => (await sumCounts(place.database, 'orders')).counts.rows, { timeout: 90_000 })
    .toBe(4_000 + 2_500);
  await place.processed();
  expect(await alir.end()).toBe(0);

  await expectTableToHold(place.database, sent);
  const epochs = await place.database.etlTopicEpoch.findMany({
    where: { topic: 'raw_orders' },
    orderBy: { epoch: 'asc' },
  });
  expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
  expect(new Set(epochs.map(({ topicId }) => topicId)).size).toBe(2);
});
