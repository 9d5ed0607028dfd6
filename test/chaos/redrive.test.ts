import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { NativeStack } from '../../src/lab/stack/native/native-stack.ts';
import { startAlir } from '../support/alir-process.ts';
import { isFull } from '../support/full.ts';
import type { OrdersPlace } from '../support/make-place.ts';
import { ordersPlace } from '../support/orders-place.ts';
import { readTopic, sourceOf } from '../support/read-topic.ts';
import { lastJson, runCli } from '../support/run-cli.ts';

const letters = isFull ? 20_000 : 5_000;
const hopeless = 200;
/** Letters a second: slow enough that it still runs when the next server is killed. */
const rate = String(letters / 20);

const order = (id: number, total: string, minute = 0): { key: null; value: string } => ({
  key: null,
  value: JSON.stringify({
    id,
    order_no: `ORD-${id}`,
    total,
    updated_at: `2026-11-23T08:0${minute}:00+07:00`,
  }),
});

async function dlq(place: OrdersPlace, ...args: string[]): Promise<Record<string, unknown>> {
  const result = await runCli(['dead-letters', ...args, '--json'], {
    environment: place.environment,
    timeoutMs: 180_000,
  });
  expect(result.code, result.stderr).toBe(0);
  return lastJson(result) as Record<string, unknown>;
}

/** Resolves when that share of the letters is closed: breaking is keyed on progress, not on time. */
async function closed({ database }: OrdersPlace, share: number): Promise<void> {
  const count = (): Promise<number> =>
    database.etlDeadLetter.count({ where: { status: { in: ['loaded', 'superseded'] } } }).catch(() => 0);
  await expect.poll(count, { timeout: 120_000, interval: 100 }).toBeGreaterThanOrEqual(share * letters);
}

test('a redrive through the death of Alir, Temporal, the broker and MySQL: each good record in its version, published, and the books balance', async () => {
  const name = `redrive-${process.pid}`;
  const folder = join(projectRoot, '.alir', name);
  const services = ['kafka', 'mysql', 'temporal'] as const;
  const stack = await NativeStack.start({ name, folder, ports: 'free', services });
  onTestFinished(async () => {
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const place = await ordersPlace(stack.description);
  const { database, producer, brokers } = place;
  let alir = await startAlir('run', place.environment);
  onTestFinished(async () => void (await alir.end('SIGKILL')));
  const bad = Array.from({ length: letters }, (_, index) => order(index + 1, 'x'));
  const garbage = Array.from({ length: hopeless }, (_, index) => ({ key: null, value: `{"id": ${index},` }));
  for (let from = 0; from < letters; from += 1_000)
    await producer.publish('raw_orders', bad.slice(from, from + 1_000));
  await producer.publish('raw_orders', garbage);
  await place.processed();
  await database.$executeRawUnsafe(
    "UPDATE etl_dead_letters SET edited_value = REPLACE(value_bytes, '\"x\"', '\"1.00\"'), edited_by = 'ani' " +
      "WHERE code = 'ORDER_INVALID'",
  );

  const redrive = ['redrive', '--pipeline', 'orders', '--code', 'ORDER_INVALID'];
  const { id } = (await dlq(place, ...redrive, '--max-rows-per-second', rate)) as { id: string };
  await closed(place, 0.1);
  await alir.end('SIGKILL');
  alir = await startAlir('run', place.environment);
  await closed(place, 0.3);
  await stack.kill('temporal');
  await stack.start('temporal');
  // Newer than what the redrive brings, whether it comes before or after.
  await producer.publish(
    'raw_orders',
    Array.from({ length: letters / 10 }, (_, index) => order(10 * (index + 1), '2.00', 5)),
  );
  await closed(place, 0.45);
  await stack.kill('kafka');
  await stack.start('kafka');
  await closed(place, 0.6);
  await stack.kill('mysql');
  await stack.start('mysql');
  await closed(place, 0.75);
  await dlq(place, 'redrives', id, 'rate', 'none');
  await expect
    .poll(async () => (await dlq(place, 'redrives', id))['state'], { timeout: 180_000, interval: 500 })
    .toBe('completed');
  await place.processed(180_000);

  const ended = (await dlq(place, 'redrives', id)) as { counts: Record<string, number> };
  expect(ended.counts).toMatchObject({ letters, failed: 0, skipped: 0 });
  expect((ended.counts['loaded'] ?? 0) + (ended.counts['superseded'] ?? 0)).toBe(letters);
  const rows = await database.order.groupBy({ by: ['total'], _count: { _all: true } });
  const byTotal = Object.fromEntries(rows.map(({ total, _count }) => [total.toFixed(2), _count._all]));
  expect(byTotal).toEqual({ '1.00': letters - letters / 10, '2.00': letters / 10 });
  const published = new Set((await readTopic(brokers, 'enriched_orders')).map(sourceOf));
  expect(published.size).toBe(letters + letters / 10);
  expect(await database.etlDeadLetter.count({ where: { status: 'open' } })).toBe(hopeless);
  const again = await dlq(place, ...redrive);
  expect(again).toEqual({ letters: 0 });
  const status = (
    lastJson(await runCli(['status', '--json'], { environment: place.environment })) as {
      pipelines: { pipeline: string; books: { missing: number } }[];
    }
  ).pipelines.find(({ pipeline }) => pipeline === 'orders');
  expect(status?.books.missing).toBe(0);
}, 600_000);
