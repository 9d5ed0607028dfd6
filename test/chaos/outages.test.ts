import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { createKafkaJs } from '../../src/kafka/kafkajs-client.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { orders } from '../../src/pipelines/orders/orders.ts';
import { NativeStack } from '../../src/lab/stack/native/native-stack.ts';
import { connectTemporal } from '../../temporal/client/connection.ts';
import { startAlir } from '../support/alir-process.ts';
import { isFull } from '../support/full.ts';
import type { OrdersPlace } from '../support/make-place.ts';
import { ordersPlace } from '../support/orders-place.ts';
import { expectDeadLetters, expectSums, expectTableToHold } from '../support/verify-orders.ts';

const folder = join(projectRoot, '.alir', `chaos-${process.pid}`);
let stack: NativeStack;

beforeAll(async () => {
  const services = ['kafka', 'mysql', 'temporal'] as const;
  stack = await NativeStack.start({ name: `chaos-${process.pid}`, folder, ports: 'free', services });
});
afterAll(async () => {
  await stack?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Small batches, so that there are many and something is always in flight. */
const smallBatches = { ALIR_BATCH_MAX_ROWS: '250' };
const simulation = { count: isFull ? 20_000 : 8_000, badShare: 0.01, repeatShare: 0.1 };

/** Resolves when that many batches have been applied: breaking is keyed on progress, not on time. */
async function applied(place: OrdersPlace, batches: number): Promise<void> {
  await expect
    .poll(() => place.database.etlBatch.count(), { timeout: 60_000, interval: 20 })
    .toBeGreaterThan(batches);
}

test('alir run killed in the middle and started again: the same sums', async () => {
  const place = await ordersPlace(stack.description, smallBatches);
  const first = await startAlir('run', place.environment);
  const sending = place.send({ ...simulation, seed: 11 });
  await applied(place, 5);
  await first.end('SIGKILL');
  const second = await startAlir('run', place.environment);
  await applied(place, 20);
  await second.end('SIGKILL');
  const third = await startAlir('run', place.environment);
  const sent = await sending;
  await place.processed();
  expect(await third.end()).toBe(0);
  await expectTableToHold(place.database, sent);
  await expectDeadLetters(place.database, sent);
  await expectSums(place.database, sent);
});

/** Longer than the session in the consumer group may be silent. */
const awaySeconds = isFull ? 90 : 40;

test(`MySQL stopped for ${awaySeconds} s: nothing is dead-lettered, the group stays, no range gets a second workflow`, async () => {
  const place = await ordersPlace(stack.description, smallBatches);
  const alir = await startAlir('run', place.environment);
  const sending = place.send({ ...simulation, seed: 12 });
  await applied(place, 5);
  const members = await membersOf(place);
  await stack.stop('mysql');
  await delay(awaySeconds * 1000);
  expect(await membersOf(place)).toEqual(members);
  await stack.start('mysql');
  const sent = await sending;
  await place.processed();
  expect(await membersOf(place)).toEqual(members);
  expect(await runsPerRange(place)).toEqual(new Set([1]));
  expect(alir.output).not.toMatch(/the session in the consumer group ended/);
  expect(await alir.end()).toBe(0);
  await expectTableToHold(place.database, sent);
  await expectDeadLetters(place.database, sent);
  await expectSums(place.database, sent);
});

test.each(['temporal', 'kafka'] as const)('%s killed and started again: the same sums', async (service) => {
  const place = await ordersPlace(stack.description, smallBatches);
  const sent = await place.send({ ...simulation, seed: service.length });
  const alir = await startAlir('run', place.environment);
  await applied(place, 5);
  await stack.kill(service);
  await delay(5_000);
  await stack.start(service);
  await place.processed(240_000);
  expect(await alir.end()).toBe(0);
  await expectTableToHold(place.database, sent);
  await expectDeadLetters(place.database, sent);
  await expectSums(place.database, sent);
});

test('stopped while Temporal is away, every kind of process ends well and goes on later', async () => {
  const place = await ordersPlace(stack.description, { ...smallBatches, ALIR_SHUTDOWN_GRACE_SECONDS: '5' });
  const sent = await place.send({ ...simulation, seed: 15 });
  const processes = await Promise.all(
    (['run', 'consume', 'worker'] as const).map((part) => startAlir(part, place.environment)),
  );
  await applied(place, 5);
  await stack.kill('temporal');
  for (const process of processes) await process.says('Connection refused');
  expect(await Promise.all(processes.map((process) => process.end()))).toEqual([0, 0, 0]);
  await stack.start('temporal');
  const alir = await startAlir('run', place.environment);
  await place.processed();
  expect(await alir.end()).toBe(0);
  await expectTableToHold(place.database, sent);
  await expectSums(place.database, sent);
});

async function membersOf(place: OrdersPlace): Promise<string[]> {
  const admin = createKafkaJs(place.config, createLogger('silent')).admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([orders.group]);
  await admin.disconnect();
  return groups.flatMap(({ members }) => members.map(({ memberId }) => memberId));
}

/** How many runs each workflow id has, as a set. */
async function runsPerRange(place: OrdersPlace): Promise<Set<number>> {
  const client = await connectTemporal(place.config);
  const runs = new Map<string, number>();
  for await (const { workflowId } of client.workflow.list())
    runs.set(workflowId, (runs.get(workflowId) ?? 0) + 1);
  await client.connection.close();
  return new Set(runs.values());
}
