import { expect, test } from 'vitest';
import { startAlir } from '../../support/alir-process.ts';
import { laneStack } from '../../support/lane-stack.ts';
import { ordersPlace } from '../../support/orders-place.ts';
import { expectDeadLetters, expectSums, expectTableToHold } from '../../support/verify-orders.ts';

test('two consumers and two workers apart: the same sums, from ranges that the workers read again', async () => {
  const place = await ordersPlace(laneStack(), { ALIR_BATCH_MAX_ROWS: '500' });
  const processes = await Promise.all([
    startAlir('consume', place.environment),
    startAlir('consume', place.environment),
    startAlir('worker', place.environment),
    startAlir('worker', place.environment),
  ]);
  const sent = await place.send({ count: 20_000, badShare: 0.01, repeatShare: 0.1, seed: 3 });
  await place.processed();
  expect(await Promise.all(processes.map((process) => process.end()))).toEqual([0, 0, 0, 0]);
  await expectTableToHold(place.database, sent);
  await expectDeadLetters(place.database, sent);
  await expectSums(place.database, sent);
});

test('a worker that stops in the middle hands over within its grace time', async () => {
  const place = await ordersPlace(laneStack(), {
    ALIR_BATCH_MAX_ROWS: '200',
    ALIR_SHUTDOWN_GRACE_SECONDS: '10',
  });
  const consumer = await startAlir('consume', place.environment);
  const first = await startAlir('worker', place.environment);
  const sending = place.send({ count: 20_000, badShare: 0.01, repeatShare: 0.1, seed: 4 });
  await expect.poll(() => place.database.etlBatch.count(), { timeout: 60_000 }).toBeGreaterThan(5);
  const second = await startAlir('worker', place.environment);
  expect(await first.end()).toBe(0);
  const sent = await sending;
  await place.processed();
  await second.end();
  await consumer.end();
  await expectTableToHold(place.database, sent);
  await expectSums(place.database, sent);
});
