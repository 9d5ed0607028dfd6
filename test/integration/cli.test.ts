import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { PipelineStatus } from '../../src/cli/status/pipeline-status.ts';
import { lossesOf } from '../../src/cdc/types/columns.ts';
import { settingsOfStack } from '../../src/config/running-stack.ts';
import { readMigrations } from '../../src/database/migration-files.ts';
import { withConnection } from '../../src/database/server-connection.ts';
import { ensureTopic } from '../../src/kafka/topics.ts';
import { startAlir } from '../support/alir-process.ts';
import { deleteTopics } from '../support/make-place.ts';
import { dropDatabase, testMysql } from '../support/mysql.ts';
import { ordersPlace } from '../support/orders-place.ts';
import { lastJson, runCli } from '../support/run-cli.ts';
import { columnOf } from '../unit/cdc/types/column.ts';

/** An empty folder: no `.env`, no stack of somebody. */
let folder: string;
let servers: Record<string, string>;
const unmigrated = testMysql().database;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alir-cli-'));
  servers = { ...settingsOfStack(inject('stack')), MYSQL_DATABASE: unmigrated };
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await dropDatabase({ ...testMysql(), database: unmigrated });
});

interface Failing {
  readonly command: string;
  readonly settings?: Record<string, string>;
  readonly says: RegExp;
  readonly code: 2 | 3;
}

const nowhere = '127.0.0.1:1';
const wrongPassword = { MYSQL_PASSWORD: 'rahasia-salah' };
const failing: readonly Failing[] = [
  {
    command: 'run',
    settings: wrongPassword,
    code: 3,
    says: /^MYSQL_ACCESS_DENIED: .*'alir'.*\n→ Correct MYSQL_USER and/,
  },
  { command: 'migrate', settings: wrongPassword, code: 3, says: /^MYSQL_ACCESS_DENIED: / },
  { command: 'run', code: 3, says: /^SCHEMA_NOT_MIGRATED: .*app_consumer_.*\n→ Run: alir migrate$/ },
  { command: 'status', code: 3, says: /^SCHEMA_NOT_MIGRATED: .*\n→ Run: alir migrate$/ },
  {
    command: 'migrate',
    settings: { MYSQL_PORT: '1' },
    code: 3,
    says: /^MYSQL_UNAVAILABLE: .*127\.0\.0\.1:1\n→ Start MySQL/,
  },
  {
    command: 'produce --count 1',
    settings: { KAFKA_BROKERS: nowhere },
    code: 3,
    says: /^KAFKA_UNAVAILABLE: .*\n→ Start Kafka/,
  },
  {
    command: 'produce --count 1 --topic no.such.topic',
    code: 3,
    says: /^TOPIC_MISSING: .*no\.such\.topic.*\n→ Create the topic/,
  },
  {
    command: 'stack status',
    code: 3,
    says: /^STACK_NOT_RUNNING: The stack default is not running\.\n→ Run: alir stack up$/,
  },
  { command: 'nonsense', code: 2, says: /^error: unknown command 'nonsense'\n\(alir --help/ },
  { command: 'run --nonsense', code: 2, says: /^error: unknown option '--nonsense'$/ },
  { command: 'run --while-alive soon', code: 2, says: /Give a whole number from 1\.$/ },
  { command: 'produce --bad 7', code: 2, says: /Give a share from 0 to 1/ },
  {
    command: 'status',
    settings: { MYSQL_PORT: 'abc', KAFKA_SSL: 'maybe' },
    code: 2,
    says: /^CONFIG_INVALID: .*KAFKA_SSL: .*MYSQL_PORT: .*\n→ .*alir config --help/,
  },
];

describe('what is not ready or wrong is told in one sentence with the remedy, and by the exit code', () => {
  test.concurrent.each(failing)(
    'alir $command with $settings ends with $code',
    async ({ command, settings, says, code }) => {
      const result = await runCli(command.split(' '), { environment: { ...servers, ...settings }, folder });
      expect(result.stderr.trimEnd()).toMatch(says);
      expect(result.code).toBe(code);
      expect(result.stdout).toBe('');
      expect(result.stderr).not.toMatch(/^\s+at /m);
      expect(result.stderr).not.toContain(settings?.['MYSQL_PASSWORD'] ?? servers['MYSQL_PASSWORD']);
    },
  );
});

test('alir migrate twice: the second time there is nothing to do, and then run finds what else is not there', async () => {
  const database = testMysql().database;
  const environment = { ...servers, MYSQL_DATABASE: database };
  const migrate = () => runCli(['migrate', '--json'], { environment, folder }).then(lastJson);
  try {
    expect(await migrate()).toEqual({ database, applied: readMigrations().map(({ name }) => name) });
    const cases = [
      ['consume', { KAFKA_BROKERS: nowhere }, 'KAFKA_UNAVAILABLE'],
      ['run', { TEMPORAL_ADDRESS: nowhere }, 'TEMPORAL_UNAVAILABLE'],
      ['worker', { TEMPORAL_NAMESPACE: 'no-such-namespace' }, 'TEMPORAL_UNAVAILABLE'],
    ] as const;
    const [again, ...results] = await Promise.all([
      migrate(),
      ...cases.map(([command, settings]) =>
        runCli([command], { environment: { ...environment, ...settings }, folder }),
      ),
    ]);
    expect(again).toEqual({ database, applied: [] });
    for (const [index, [, settings, says]] of cases.entries()) {
      const { code, stderr } = results[index]!;
      expect(stderr).toMatch(new RegExp(`^${says}: [^\\n]*${Object.values(settings)[0]}.*\\n→ [^\\n]+\\n$`));
      expect(code).toBe(3);
    }
  } finally {
    await dropDatabase({ ...testMysql(), database });
  }
});

test('alir config shows where each setting comes from, and no secret', async () => {
  const own = mkdtempSync(join(folder, 'config-'));
  mkdirSync(join(own, '.alir', 'default'), { recursive: true });
  writeFileSync(
    join(own, '.alir', 'default', 'stack.json'),
    JSON.stringify({ ...inject('stack'), supervisor: process.pid }),
  );
  writeFileSync(
    join(own, '.env'),
    'KAFKA_BROKERS=kafka.test:9092\nKAFKA_SASL_PASSWORD=rahasia-env\nALIR_LOG_LEVEL=warn\n',
  );
  const result = await runCli(['config', '--json'], {
    folder: own,
    environment: { ALIR_LOG_LEVEL: 'error' },
  });
  expect(lastJson(result)).toMatchObject({
    ALIR_LOG_LEVEL: { value: 'error', origin: 'environment' },
    KAFKA_BROKERS: { value: 'kafka.test:9092', origin: '.env' },
    KAFKA_SASL_PASSWORD: { value: '********', origin: '.env' },
    MYSQL_PORT: { value: String(inject('stack').mysql.port), origin: 'stack' },
    MYSQL_PASSWORD: { value: '********', origin: 'stack' },
    MYSQL_POOL_SIZE: { value: '8', origin: 'default' },
    TEMPORAL_API_KEY: { value: '', origin: 'default' },
  });
  expect(result.stdout + result.stderr).not.toMatch(/rahasia/);
  expect(result.stdout).not.toContain(inject('stack').mysql.password);
});

test('a topic that does not exist yet is waited for, said once, and read when it appears', async () => {
  const place = await ordersPlace(inject('stack'));
  await deleteTopics(place.config);
  const alir = await startAlir('run', place.environment);
  await alir.says('waiting for topics that do not exist yet');
  const status = () =>
    runCli(['status', '--json'], { environment: place.environment, folder }).then(lastJson);
  expect(await status()).toMatchObject({
    pipelines: [
      { missingTopics: expect.arrayContaining(['raw_orders']) as unknown },
      { pipeline: 'cdc', missingTopics: [] },
    ],
  });

  await ensureTopic(place.brokers, 'raw_orders', 3);
  const sent = await place.send({ count: 200, badShare: 0.1, seed: 6 });
  await place.processed();
  expect(await status()).toMatchObject({
    pipelines: [
      {
        pipeline: 'orders',
        group: 'etl-workers',
        counts: { rows: 200, deadLettered: sent.bad },
        loaded: sent.good,
        missingTopics: expect.not.arrayContaining(['raw_orders']) as unknown,
        deadLetters: Object.fromEntries(sent.badByCode),
      },
      { pipeline: 'cdc', missingTopics: [] },
    ],
  });
  expect(await alir.end()).toBe(0);
  const told = alir.output
    .split('\n')
    .filter((line) => /waiting for topics/.test(line) && line.includes('"raw_orders"'));
  expect(told).toHaveLength(1);
});

test('alir status tells of every source table its state, what waits and what is lost', async () => {
  const place = await ordersPlace(inject('stack'));
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

    // A source that is away hides neither what was loaded nor what waits.
    const away = { SOURCE_MYSQL_PORT: '1' };
    expect(await table(names.read, away)).toMatchObject({ ...ready, lagRecords: 2, losses: [] });
    expect((await replica(away))?.sourceProblem).toMatch(/127\.0\.0\.1:1/);
    expect((await status(away)).stdout).toMatch(/The source does not answer, .*127\.0\.0\.1:1/);
  } finally {
    await inSource(...Object.values(names).map((name) => `DROP TABLE IF EXISTS ${name}`));
  }
});

/** The only partition of a source table's topic. */
async function topicOfStatus(
  replica: () => Promise<PipelineStatus | undefined>,
  table: string,
): Promise<PipelineStatus['partitions'][number] | undefined> {
  return (await replica())?.partitions.find(({ topic }) => topic.endsWith(`.${table}`));
}

test('the first SIGINT waits for what is in flight, a second one ends at once', async () => {
  const place = await ordersPlace(inject('stack'), { ALIR_SHUTDOWN_GRACE_SECONDS: '3600' });
  const alir = await startAlir('run', place.environment);
  await withConnection(place.config.target, async (locking) => {
    await locking.query('LOCK TABLES orders WRITE');
    await place.send({ count: 100, seed: 8 });
    await expect.poll(() => waitingForLock(place.environment), { timeout: 30_000 }).toBeGreaterThan(0);
    const ended = alir.end('SIGINT');
    await alir.says('a second signal ends at once');
    expect(alir.output, "the SDK's warning of what is meant to be").not.toContain('No workflows registered');
    const lives = new Promise((resolve) => setTimeout(() => resolve('lives'), 1_000));
    expect(await Promise.race([ended, lives])).toBe('lives');
    expect(await alir.end('SIGINT')).toBe(130);
  });
});

/** Connections that wait for the lock on a table of the place. */
async function waitingForLock(environment: Readonly<Record<string, string>>): Promise<number> {
  const { host, port, user, password } = inject('stack').mysql;
  const address = { host, port, user, password, database: environment['MYSQL_DATABASE'] ?? '' };
  return withConnection(address, async (connection) => {
    const rows = await connection.query<unknown[]>(
      "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata lock' AND db = DATABASE()",
    );
    return rows.length;
  });
}
