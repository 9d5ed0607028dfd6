import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Status } from '../../src/operations/status/read-status.ts';
import type { PartitionStatus } from '../../src/operations/status/partition-status.ts';
import type { PipelineStatus } from '../../src/operations/status/pipeline-status.ts';
import { lossesOf } from '../../src/cdc/types/columns.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { startAlir } from '../support/alir-process.ts';
import { laneStack } from '../support/lane-stack.ts';
import { ordersPlace } from '../support/orders-place.ts';
import { lastJson, runCli } from '../support/run-cli.ts';
import { columnOf } from '../unit/cdc/types/column.ts';

const nowhere = '127.0.0.1:1';
/** An empty folder: no `.env`, no stack of somebody. */
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alir-status-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('alir status tells of every source table its state, what waits and what is lost', async () => {
  const place = await ordersPlace(laneStack());
  const names = { read: 'status_read', refused: 'status_without_key' } as const;
  const inSource = (...statements: readonly string[]) =>
    withConnection(place.config.source, async (connection) => {
      for (const statement of statements) await connection.query(statement);
    });
  const status = (settings: Record<string, string> = {}, ...flags: readonly string[]) =>
    runCli(['status', ...flags], { environment: { ...place.environment, ...settings }, folder });
  const replica = async (settings: Record<string, string> = {}) => {
    const answer = lastJson(await status(settings, '--json')) as { pipelines: PipelineStatus[] };
    return answer.pipelines.find(({ pipeline }) => pipeline === 'cdc');
  };
  const table = async (name: string, settings: Record<string, string> = {}) =>
    (await replica(settings))?.tables?.find((each) => each.table === name);

  try {
    await inSource(
      `CREATE TABLE ${names.read} (id INT PRIMARY KEY, name VARCHAR(20), opens TIME)`,
      `CREATE TABLE ${names.refused} (name VARCHAR(20))`,
      `INSERT INTO ${names.read} VALUES (1, 'Perpustakaan', '07:30:00'), (2, 'Kantin', NULL), (3, 'Aula', NULL)`,
    );
    expect(await table(names.read)).toMatchObject({ state: null, loadedRows: 0 });
    const alir = await startAlir('run', place.environment);
    const { database } = place.config.source;
    const losses = [{ column: 'opens', sentences: lossesOf(columnOf('time')), often: true }];
    const ready = { database, table: names.read, state: 'ready', reason: null, loadedRows: 3, losses };
    await expect
      .poll(() => table(names.refused), { timeout: 60_000, interval: 500 })
      .toEqual({
        ...{ database, table: names.refused, state: 'refused', reason: expect.any(String) as unknown },
        ...{ loadedRows: 0, lagRecords: 0, lagSeconds: 0, losses: [] },
      });
    // Its three records come, too; once they are committed nothing waits.
    await expect
      .poll(() => topicOfStatus(replica, names.read), { timeout: 60_000 })
      .toMatchObject({ end: 3 });
    await expect
      .poll(() => table(names.read), { timeout: 60_000, interval: 500 })
      .toEqual({ ...ready, lagRecords: 0, lagSeconds: 0 });
    expect(await alir.end()).toBe(0);

    await inSource(`UPDATE ${names.read} SET name = 'Aula Besar' WHERE id > 1`);
    await expect
      .poll(() => topicOfStatus(replica, names.read), { timeout: 60_000 })
      .toMatchObject({ lag: 2 });
    await expect.poll(async () => (await table(names.read))?.lagSeconds).toBeGreaterThan(0);
    expect(await table(names.read)).toMatchObject({ ...ready, lagRecords: 2 });

    const shown = (await status()).stdout;
    expect(shown).toMatch(new RegExp(`${names.read} .*ready .* 2 .*[\\d.]+ s .*opens`));
    expect(shown).toMatch(new RegExp(`${names.refused} is refused: .*key`));
    expect(shown).not.toMatch(/\b1 (records|batches|rows|dead letters)\b/);

    // A source that is away hides neither what was loaded nor what waits.
    const away = { SOURCE_MYSQL_PORT: '1' };
    expect(await table(names.read, away)).toMatchObject({ ...ready, lagRecords: 2, losses: [] });
    expect((await replica(away))?.sourceProblem).toMatch(/127\.0\.0\.1:1/);
    expect((await status(away)).stdout).toMatch(/The source does not answer, .*127\.0\.0\.1:1/);
  } finally {
    await inSource(...Object.values(names).map((name) => `DROP TABLE IF EXISTS ${name}`));
  }
});

describe('alir status without one of its servers', () => {
  /** Twenty orders wait, and nobody takes them. */
  const told = async (settings: Record<string, string>) => {
    const place = await ordersPlace(laneStack());
    await place.send({ count: 20, seed: 9 });
    const environment = { ...place.environment, ...settings };
    const [json, shown] = await Promise.all([
      runCli(['status', '--json'], { environment, folder }),
      runCli(['status'], { environment, folder }),
    ]);
    expect([json.code, shown.code]).toEqual([3, 3]);
    return { status: lastJson(json) as Status, shown };
  };

  test('Kafka: what was loaded', async () => {
    const { status, shown } = await told({ KAFKA_BROKERS: nowhere });
    expect(status.away).toMatchObject([{ server: 'Kafka', code: 'KAFKA_UNAVAILABLE' }]);
    expect(status.pipelines[0]).toMatchObject({ counts: { rows: 0 }, partitions: null, consumers: null });
    expect(status.workers).toEqual([]);
    expect(shown.stdout).toMatch(/^Kafka does not answer[^]*0 records in 0 batches/);
    expect(shown.stderr).toMatch(/^KAFKA_UNAVAILABLE: /m);
  });

  test('MySQL: what waits, and that nobody takes it', async () => {
    const { status, shown } = await told({ MYSQL_PORT: '1' });
    expect(status.away).toMatchObject([{ server: 'MySQL', code: 'MYSQL_UNAVAILABLE' }]);
    expect(status.pipelines[0]).toMatchObject({ counts: null, breaks: null, consumers: 0 });
    expect(status.pipelines[0]?.partitions?.reduce((sum, { lag }) => sum + lag, 0)).toBe(20);
    expect(shown.stdout).toContain('No consumer is in the group etl-workers, and 20 records wait for it.');
  });

  test('Temporal: all but the workers', async () => {
    const { status } = await told({ TEMPORAL_ADDRESS: nowhere });
    expect(status.away).toMatchObject([{ server: 'Temporal', code: 'TEMPORAL_UNAVAILABLE' }]);
    expect(status).toMatchObject({ workers: null, pipelines: [{ counts: { rows: 0 }, consumers: 0 }, {}] });
  });
});

test('alir status says that nobody consumes, and ends with 1 while something waits', async () => {
  const place = await ordersPlace(laneStack());
  const status = () => runCli(['status'], { environment: place.environment, folder });
  await place.send({ count: 20, seed: 9 });
  const { code, stdout } = await status();
  expect(code).toBe(1);
  expect(stdout).toContain('STANDS STILL: No worker asks Temporal for batches, and records wait.');
  expect(stdout).toMatch(
    /Pipeline orders \(group etl-workers, no consumers\)\n {2}STANDS STILL: No consumer/,
  );
  const alir = await startAlir('run', place.environment);
  await place.processed();
  expect((await status()).stdout).toMatch(
    /^Pipeline orders \(group etl-workers, 1 consumer\)\n {2}20 records/,
  );
  expect(await alir.end()).toBe(0);
});

/** The only partition of a source table's topic. */
async function topicOfStatus(
  replica: () => Promise<PipelineStatus | undefined>,
  table: string,
): Promise<PartitionStatus | undefined> {
  return (await replica())?.partitions?.find(({ topic }) => topic.endsWith(`.${table}`));
}
