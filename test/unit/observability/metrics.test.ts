import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Metrics, type ObservedBatch } from '../../../src/observability/metrics.ts';
import type { Sample } from '../../../src/observability/sampled-gauges.ts';
import { Sampler } from '../../../src/observability/sampler.ts';
import type { WaitingPartition } from '../../../src/observability/waiting-gauges.ts';

const topic = 'producer.shop.orders';
const batch: ObservedBatch = {
  partition: 0,
  first: 0,
  last: 99,
  pipeline: 'cdc',
  topic,
  outcomes: { inserted: 3, updated: 2, deadLettered: 1 },
  rows: 6,
  deadLetters: new Map([['ROW_REJECTED', 1]]),
  seconds: 0.2,
  lagSeconds: 7.5,
};
const partition: WaitingPartition = {
  ...{ group: 'etl-workers-cdc', topic, partition: 0, records: 0, oldestMs: null, runsSinceMs: null },
  table: { database: 'shop', table: 'orders' },
};

const perPartition = /^alir_(consumer_lag|batch_in_flight|replication_lag)/;

async function lines(metrics: Metrics): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith('alir_'));
}

function watched(...partitions: WaitingPartition[]): Metrics {
  return behindMaxwell(0, ...partitions);
}

function behindMaxwell(seconds: number | null, ...partitions: WaitingPartition[]): Metrics {
  const metrics = new Metrics();
  metrics.observe(batch);
  metrics.watch(
    () => partitions,
    () => Promise.resolve(seconds),
  );
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

test('a pipeline that has done nothing yet is there, with zeros', async () => {
  const metrics = new Metrics();
  metrics.begin('cdc', ['inserted']);
  expect(await lines(metrics)).toEqual(
    expect.arrayContaining([
      'alir_records_total{pipeline="cdc",outcome="inserted"} 0',
      'alir_batch_duration_seconds_count{pipeline="cdc"} 0',
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

test('what Maxwell has not read yet is behind, too; where that is not known there is no zero', async () => {
  const lag = async (seconds: number | null, waits: WaitingPartition) =>
    (await lines(behindMaxwell(seconds, waits))).find((line) => line.startsWith('alir_replication_lag'));
  const waits = { ...partition, records: 4 };
  const table = 'alir_replication_lag_seconds{database="shop",table="orders"}';
  expect(await lag(95, partition)).toBe(`${table} 95`);
  expect(await lag(95, waits)).toBe(`${table} 95`);
  expect(await lag(null, waits)).toBe(`${table} 7.5`);
  expect(await lag(null, partition)).toBe(undefined);
});

test('only topics of tables have a replication lag, and a partition that has gone is reported no more', async () => {
  const partitions = [partition, { ...partition, topic: 'raw_orders', table: null }];
  const metrics = watched();
  const live = new Metrics();
  live.watch(
    () => partitions,
    () => Promise.resolve(0),
  );
  expect((await lines(live)).filter((line) => perPartition.test(line))).toHaveLength(7);
  partitions.length = 0;
  expect((await lines(live)).filter((line) => perPartition.test(line))).toEqual([]);
  expect(await metrics.text()).toContain('process_resident_memory_bytes');
});

test('what waits is as old as its oldest record, and a batch in flight as old as its start', async () => {
  const minuteAgo = Date.now() - 60_000;
  const found = await lines(
    watched({ ...partition, records: 4, oldestMs: minuteAgo, runsSinceMs: minuteAgo }),
  );
  for (const name of ['alir_consumer_lag_seconds', 'alir_batch_in_flight_seconds']) {
    const line = found.find((each) => each.startsWith(name));
    expect(Number(line?.split(' ').at(-1)), name).toBeGreaterThanOrEqual(60);
  }
});

test('offsets that were gone before they were read are counted', async () => {
  const metrics = new Metrics();
  metrics.observeGap({ pipeline: 'cdc', topic, first: 10, last: 19 });
  expect(await lines(metrics)).toContain(`alir_skipped_offsets_total{pipeline="cdc",topic="${topic}"} 10`);
});

describe('gauges that a reading fills', () => {
  function sampled(read: () => Promise<{ alir_size: Sample[] }>, everyMs = 60_000): Metrics {
    const metrics = new Metrics();
    const gauges = { alir_size: { help: 'A size', labels: ['table'] } };
    metrics.sample({ reading: 'sizes', everyMs, gauges, read });
    return metrics;
  }
  const failures = (count: number): string => `alir_reading_failures_total{reading="sizes"} ${count}`;
  const size = 'alir_size{table="orders"} 7';
  const reading = { alir_size: [{ labels: { table: 'orders' }, value: 7 }] };

  test('many scrapes cost one reading', async () => {
    let readings = 0;
    const metrics = sampled(() => Promise.resolve({ readings: (readings += 1), ...reading }));
    await Promise.all([lines(metrics), lines(metrics)]);
    expect(await lines(metrics)).toEqual(expect.arrayContaining([size, failures(0)]));
    expect(readings).toBe(1);
  });

  test('a reading that fails leaves no samples, is counted, and harms no other metric', async () => {
    const metrics = sampled(() => Promise.reject(new Error('MySQL is away.')));
    await lines(metrics);
    const found = await lines(metrics);
    expect(found).not.toContainEqual(expect.stringMatching(/^alir_size/));
    expect(found.find((line) => line.startsWith('alir_reading_failures_total'))).toMatch(/ [12]$/);
  });

  test('what is gone from a reading is gone from the metrics', async () => {
    const samples = [...reading.alir_size];
    const metrics = sampled(() => Promise.resolve({ alir_size: samples }), 0);
    await lines(metrics);
    samples.length = 0;
    expect(await lines(metrics)).not.toContainEqual(expect.stringMatching(/^alir_size/));
  });
});

describe('a sampler', () => {
  const limits = { everyMs: 0, waitMs: 5, staleMs: 60_000 };

  test('gives what it knew where a reading is late, and starts no second one meanwhile', async () => {
    let readings = 0;
    const sampler = new Sampler<number>(
      () => ((readings += 1) === 1 ? Promise.resolve(1) : new Promise(() => undefined)),
      limits,
      () => undefined,
    );
    expect(await sampler.value()).toBe(1);
    expect(await sampler.value()).toBe(1);
    expect(await sampler.value()).toBe(1);
    expect(readings).toBe(2);
  });

  test('reads ahead as long as somebody asks, and nobody waits', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    let readings = 0;
    const sampler = new Sampler<number>(
      () => Promise.resolve((readings += 1)),
      { everyMs: 1_000, ahead: true },
      () => undefined,
    );
    expect(readings).toBe(1);
    expect(await sampler.value()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(readings).toBe(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(readings).toBe(2);
    expect(await sampler.value()).toBe(3);
  });

  test('gives nothing where what it knew is too old', async () => {
    const read = [() => Promise.resolve(1), () => Promise.reject(new Error('away'))];
    const errors: unknown[] = [];
    const sampler = new Sampler<number>(
      () => read.shift()?.() ?? Promise.reject(new Error('away')),
      { ...limits, waitMs: 1_000, staleMs: 0 },
      (error) => errors.push(error),
    );
    await sampler.value();
    expect(await sampler.value()).toBe(null);
    expect(errors).toHaveLength(1);
  });
});

test('what another library prints is added; where it fails the rest is served', async () => {
  const metrics = new Metrics();
  metrics.include('well', () => Promise.resolve('temporal_long_request_total 3\n'));
  metrics.include('broken', () => Promise.reject(new Error('away')));
  await metrics.text();
  const text = await metrics.text();
  expect(text).toContain('\ntemporal_long_request_total 3\n');
  expect(text).toContain('alir_reading_failures_total{reading="well"} 0');
  expect(text).toMatch(/alir_reading_failures_total\{reading="broken"\} [12]/);
});
