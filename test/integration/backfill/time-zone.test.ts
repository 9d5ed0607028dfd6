import { expect, test } from 'vitest';
import { createEpochStore } from '../../../src/metadata/epochs.ts';
import { describeTopics } from '../../../src/kafka/topics.ts';
import { orders } from '../../../src/pipelines/orders/orders.ts';
import { laneStack } from '../../support/lane-stack.ts';
import type { OrdersPlace } from '../../support/make-place.ts';
import type { BackfillPlan } from '../../../src/backfill/types.ts';
import { createHttpBackfills } from '../../../src/process/http-backfills.ts';
import { connectTemporal } from '../../../temporal/client/connection.ts';
import { ordersPlace } from '../../support/orders-place.ts';
import { lastJson, runCli } from '../../support/run-cli.ts';

test('a time without a zone is one of ALIR_TIME_ZONE, on the command line and by HTTP; a given zone wins', async () => {
  const place = await ordersPlace(laneStack(), { ALIR_TIME_ZONE: 'Asia/Tokyo' });
  const http = createHttpBackfills({ ...place, temporal: () => connectTemporal(place.config) });
  // Other tests may have filled the topic of the source's orders on this stack.
  await asIfRead(place);
  const since = '2026-11-25T08:00';
  const byCommand = async (...flags: readonly string[]) => {
    const args = ['backfill', 'plan', '--pipeline', 'orders', '--since', since, '--json', ...flags];
    const result = await runCli(args, { environment: place.environment });
    return (lastJson(result) as BackfillPlan).selector.since;
  };
  const byHttp = async (zone: { zone?: string } = {}) =>
    ((await http.plan({ pipeline: 'orders', since, ...zone })) as BackfillPlan).selector.since;

  const [tokyo, berlin] = ['2026-11-24T23:00Z', '2026-11-25T07:00Z'].map((text) => Date.parse(text));
  expect(await Promise.all([byCommand(), byHttp()])).toEqual([tokyo, tokyo]);
  const zone = 'Europe/Berlin';
  expect(await Promise.all([byCommand('--zone', zone), byHttp({ zone })])).toEqual([berlin, berlin]);
});

async function asIfRead({ brokers, database }: OrdersPlace): Promise<void> {
  const store = createEpochStore(database);
  for (const { name, id, exists, partitions } of await describeTopics(brokers, orders.topics))
    if (exists)
      await store.begin(name, {
        topicId: id,
        partitions: partitions.length,
        firstOffsets: partitions.map(({ start }) => start),
        replaces: null,
      });
}

test('a setting that is no time zone is refused by its name', async () => {
  const result = await runCli(['config'], { environment: { ALIR_TIME_ZONE: 'Jakarta' } });
  expect(result.stderr).toMatch(/^CONFIG_INVALID: .*ALIR_TIME_ZONE: not a time zone; name one/);
  expect(result.code).toBe(2);
});
