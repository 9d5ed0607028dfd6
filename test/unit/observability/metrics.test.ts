import { expect, test } from 'vitest';
import { Metrics, type ObservedBatch, type WaitingPartition } from '../../../src/observability/metrics.ts';

const topic = 'producer.shop.orders';
const batch: ObservedBatch = {
  pipeline: 'cdc',
  topic,
  outcomes: { inserted: 3, updated: 2, deadLettered: 1 },
  rows: 6,
  deadLetters: new Map([['ROW_REJECTED', 1]]),
  seconds: 0.2,
  lagSeconds: 7.5,
};
const partition: WaitingPartition = {
  ...{ group: 'etl-workers-cdc', topic, partition: 0, records: 0, oldestMs: null },
  table: { database: 'shop', table: 'orders' },
};

async function lines(metrics: Metrics): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith('alir_'));
}

function watched(...partitions: WaitingPartition[]): Metrics {
  const metrics = new Metrics();
  metrics.observe(batch);
  metrics.watch(() => partitions);
  return metrics;
}

test('batches add up by what became of their records', async () => {
  const metrics = new Metrics();
  metrics.observe(batch);
  metrics.observe({ ...batch, deadLetters: new Map() });
  expect(await lines(metrics)).toEqual(
    expect.arrayContaining([
      'alir_records_total{pipeline="cdc",outcome="inserted"} 6',
      'alir_records_total{pipeline="cdc",outcome="deadLettered"} 2',
      'alir_dead_letters_total{pipeline="cdc",code="ROW_REJECTED"} 1',
      'alir_batch_rows_sum{pipeline="cdc"} 12',
      'alir_batch_duration_seconds_count{pipeline="cdc"} 2',
      'alir_source_to_target_seconds_sum{pipeline="cdc"} 15',
    ]),
  );
});

test('a batch of the past says nothing of how far the replica is behind', async () => {
  const metrics = new Metrics();
  metrics.observe({ ...batch, seconds: null, lagSeconds: null });
  expect(await lines(metrics)).not.toContainEqual(expect.stringMatching(/_seconds_(count|sum)/));
});

test('a table of which nothing waits is not behind, whatever its last batch took', async () => {
  expect(await lines(watched(partition))).toEqual(
    expect.arrayContaining([
      'alir_consumer_lag_records{topic="producer.shop.orders",partition="0",group="etl-workers-cdc"} 0',
      'alir_replication_lag_seconds{database="shop",table="orders"} 0',
    ]),
  );
});

test('while records wait the lag is that of the last batch, or the age of the oldest when that is more', async () => {
  const valueOf = async (oldestMs: number | null): Promise<number> => {
    const found = await lines(watched({ ...partition, records: 4, oldestMs }));
    return Number(
      found
        .find((line) => line.startsWith('alir_replication_lag'))
        ?.split(' ')
        .at(-1),
    );
  };
  expect(await valueOf(null)).toBe(7.5);
  expect(await valueOf(Date.now())).toBe(7.5);
  expect(await valueOf(Date.now() - 60_000)).toBeGreaterThanOrEqual(60);
});

test('only topics of tables have a replication lag, and a partition that has gone is reported no more', async () => {
  const partitions = [partition, { ...partition, topic: 'raw_orders', table: null }];
  const metrics = watched();
  const live = new Metrics();
  live.watch(() => partitions);
  expect((await lines(live)).filter((line) => /^alir_(consumer|replication)/.test(line))).toHaveLength(3);
  partitions.length = 0;
  expect((await lines(live)).filter((line) => /^alir_(consumer|replication)/.test(line))).toEqual([]);
  expect(await metrics.text()).toContain('process_resident_memory_bytes');
});
