import { expect, onTestFinished, test, vi } from 'vitest';
import { countPublished } from '../../../src/lab/demo/input-window.ts';
import {
  getRedrive,
  startRedrive,
  type RedriveOptions,
} from '../../../src/operations/dead-letters/redrive.ts';
import type { CommandContext } from '../../../src/operations/command-context.ts';
import type { LetterFilter } from '../../../src/metadata/dead-letters/filter.ts';
import type { RedriveRow } from '../../../src/metadata/dead-letters/redrives.ts';
import { createKafkaJs } from '../../../src/kafka/kafkajs-client.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { orders } from '../../../src/pipelines/orders/orders.ts';
import { connectTemporal } from '../../../temporal/client/connection.ts';
import { startAlir } from '../../support/alir-process.ts';
import { laneStack } from '../../support/lane-stack.ts';
import type { OrdersPlace } from '../../support/make-place.ts';
import { ordersPlace } from '../../support/orders-place.ts';

const options: RedriveOptions = {
  includeQuarantined: false,
  sink: 'both',
  dryRun: false,
  maxRowsPerSecond: null,
};

const order = (id: number, total: string, minute = 0): { key: null; value: string } => ({
  key: null,
  value: JSON.stringify({
    id,
    order_no: `ORD-${id}`,
    total,
    updated_at: `2026-11-23T08:${String(minute).padStart(2, '0')}:00+07:00`,
  }),
});

async function contextOf({ config, database, brokers }: OrdersPlace): Promise<CommandContext> {
  const client = await connectTemporal(config);
  onTestFinished(() => client.connection.close());
  return { config, database, brokers, temporal: () => Promise.resolve(client) };
}

async function redrive(
  context: CommandContext,
  filter: LetterFilter,
  given: Partial<RedriveOptions> = {},
): Promise<RedriveRow | null> {
  const started = await startRedrive(context, filter, { ...options, ...given });
  if (started === null) return null;
  return vi.waitFor(
    async () => {
      const row = await getRedrive(context, started.id);
      expect(row.finishedAt).not.toBeNull();
      return row;
    },
    { timeout: 60_000, interval: 200 },
  );
}

const statesOf = async ({ database }: OrdersPlace): Promise<string[]> =>
  (await database.etlDeadLetter.findMany({ orderBy: { id: 'asc' } })).map(({ status }) => status);

test('corrected letters are loaded in their own version; what is newer stays; the books balance', async () => {
  const place = await ordersPlace(laneStack());
  const context = await contextOf(place);
  const alir = await startAlir('run', place.environment);
  const { database, producer, brokers } = place;
  await producer.publish('raw_orders', [
    order(1, 'a lot'),
    order(2, 'much'),
    order(3, '?'),
    order(4, '4.00'),
  ]);
  await place.processed();
  await producer.publish('raw_orders', [order(2, '22.00', 9)]);
  await place.processed();
  expect(await statesOf(place)).toEqual(['open', 'open', 'open']);
  const correct = (id: number, total: string): Promise<unknown> =>
    database.$executeRawUnsafe(
      'UPDATE etl_dead_letters SET edited_value = ?, edited_by = ? WHERE value_bytes LIKE ?',
      order(id, total).value,
      'ani',
      `%ORD-${id}"%`,
    );
  await correct(1, '11.00');
  await correct(2, '2.00');

  const dry = await redrive(context, { pipeline: 'orders' }, { dryRun: true });
  expect(dry?.counts).toMatchObject({ letters: 3, loaded: 1, superseded: 1, failed: 1 });
  expect(await statesOf(place)).toEqual(['open', 'open', 'open']);
  expect(await database.order.count()).toBe(2);

  const done = await redrive(context, { pipeline: 'orders' });
  expect(done).toMatchObject({
    state: 'completed',
    counts: { letters: 3, loaded: 1, superseded: 1, failed: 1 },
  });
  expect((await statesOf(place)).sort()).toEqual(['loaded', 'open', 'superseded']);
  const letter = await database.etlDeadLetter.findFirstOrThrow({ where: { status: 'loaded' } });
  const versions = await database.$queryRawUnsafe<{ id: bigint; total: unknown; o: bigint; p: number }[]>(
    'SELECT id, total, _offset AS o, _partition AS p FROM orders WHERE id <= 2 ORDER BY id',
  );
  expect(versions.map(({ id, total }) => `${id} ${String(total)}`)).toEqual(['1 11', '2 22']);
  expect([Number(versions[0]?.o), Number(versions[0]?.p)]).toEqual([Number(letter.offset), letter.partition]);
  // Good orders and corrected ones, each once; poison once, with no message without a letter.
  expect(await countPublished(brokers, 'enriched_orders', new Map())).toBe(4);
  expect(await countPublished(brokers, 'raw_orders.dlq', new Map())).toBe(3);

  const again = await redrive(context, { pipeline: 'orders' });
  expect(again?.counts).toMatchObject({ letters: 1, failed: 1 });
  expect(await countPublished(brokers, 'enriched_orders', new Map())).toBe(4);
  const still = await database.etlDeadLetter.findFirstOrThrow({ where: { status: 'open' } });
  expect(still.attempts).toBe(3);
  const sums = await database.etlBatch.aggregate({ where: { flag: 'live' }, _sum: { deadLettered: true } });
  expect(sums._sum.deadLettered).toBe(await database.etlDeadLetter.count({ where: { origin: 'live' } }));
  await alir.end();
});

test('a correction outlives the table; failing too often is quarantined', async () => {
  const place = await ordersPlace(laneStack(), { ALIR_REDRIVE_ATTEMPTS: '3' });
  const context = await contextOf(place);
  const { database } = place;
  const first = await startAlir('run', place.environment);
  await place.producer.publish('raw_orders', [order(1, 'a lot'), order(2, '?'), order(3, '3.00')]);
  await place.processed();
  for (const failures of [1, 2])
    expect((await redrive(context, {}))?.counts?.[failures === 2 ? 'quarantined' : 'failed']).toBe(2);
  expect(await redrive(context, {})).toBeNull();
  await database.$executeRawUnsafe(
    "UPDATE etl_dead_letters SET edited_value = ?, edited_by = 'ani' WHERE value_bytes LIKE '%ORD-1\"%'",
    order(1, '11.00').value,
  );
  const asked = await redrive(context, {}, { includeQuarantined: true });
  expect(asked?.counts).toMatchObject({ letters: 2, loaded: 1, quarantined: 1 });
  await first.end();

  await database.$executeRawUnsafe('TRUNCATE orders');
  const admin = createKafkaJs(place.config, createLogger('silent')).admin();
  await admin.connect();
  await admin.resetOffsets({ groupId: orders.group, topic: 'raw_orders', earliest: true });
  await admin.disconnect();
  const second = await startAlir('run', place.environment);
  await place.processed();
  await second.end();
  const rows = await database.order.findMany({ orderBy: { id: 'asc' } });
  expect(rows.map(({ id, total }) => `${id} ${total.toFixed(2)}`)).toEqual(['1 11.00', '3 3.00']);
  expect((await statesOf(place)).sort()).toEqual(['loaded', 'quarantined']);
});

test('two redrives and a backfill over the same letters: each letter ends once', async () => {
  const place = await ordersPlace(laneStack());
  const context = await contextOf(place);
  const { database } = place;
  const alir = await startAlir('run', place.environment);
  const bad = Array.from({ length: 1_500 }, (_, index) => order(index + 1, 'x'));
  await place.producer.publish('raw_orders', bad);
  await place.processed();
  await database.$executeRawUnsafe(
    "UPDATE etl_dead_letters SET edited_value = REPLACE(value_bytes, '\"x\"', '\"1.00\"'), edited_by = 'ani'",
  );
  const [one, other] = await Promise.all([redrive(context, {}), redrive(context, {})]);
  expect(one?.state).toBe('completed');
  expect(other?.state).toBe('completed');
  expect((one?.counts?.loaded ?? 0) + (other?.counts?.loaded ?? 0)).toBe(1_500);
  expect(await database.etlDeadLetter.count({ where: { status: 'loaded' } })).toBe(1_500);
  expect(await database.etlDeadLetterEvent.count({ where: { kind: 'loaded' } })).toBe(1_500);
  expect(await database.order.count()).toBe(1_500);
  await alir.end();
});
