import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settingsOfStack } from '../../src/config/running-stack.ts';
import { readMigrations } from '../../src/mysql/migrations/migration-files.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { ensureTopic } from '../../src/kafka/topics.ts';
import { startAlir } from '../support/alir-process.ts';
import { laneStack } from '../support/lane-stack.ts';
import { deleteTopics } from '../support/make-place.ts';
import { dropDatabase, testMysql } from '../support/mysql.ts';
import { ordersPlace } from '../support/orders-place.ts';
import { lastJson, runCli } from '../support/run-cli.ts';

/** An empty folder: no `.env`, no stack of somebody. */
let folder: string;
let servers: Record<string, string>;
const unmigrated = testMysql().database;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alir-cli-'));
  servers = { ...settingsOfStack(laneStack()), MYSQL_DATABASE: unmigrated };
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
    says: /^MYSQL_UNAVAILABLE: .*127\.0\.0\.1:1\.\n→ Start MySQL/,
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
  {
    command: 'stack status --name lab',
    code: 3,
    says: /^STACK_NOT_RUNNING: The stack lab is not running\.\n→ Run: alir stack up --name lab$/,
  },
  {
    command: 'status',
    settings: { ALIR_STACK: 'lab' },
    code: 3,
    says: /^SCHEMA_NOT_MIGRATED: .*\n→ Run: ALIR_STACK=lab alir migrate$/,
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
    const settings = { ...environment, TEMPORAL_NAMESPACE: 'no-such-namespace' };
    const [again, { code, stderr }] = await Promise.all([
      migrate(),
      runCli(['worker'], { environment: settings, folder }),
    ]);
    expect(again).toEqual({ database, applied: [] });
    expect(stderr).toMatch(/^TEMPORAL_UNAVAILABLE: [^\n]*no-such-namespace.*\n→ [^\n]+\n$/);
    expect(code).toBe(3);
  } finally {
    await dropDatabase({ ...testMysql(), database });
  }
});

test('alir config shows where each setting comes from, and no secret', async () => {
  const own = mkdtempSync(join(folder, 'config-'));
  mkdirSync(join(own, '.alir', 'default'), { recursive: true });
  writeFileSync(
    join(own, '.alir', 'default', 'stack.json'),
    JSON.stringify({ ...laneStack(), supervisor: process.pid }),
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
    MYSQL_PORT: { value: String(laneStack().mysql.port), origin: 'stack' },
    MYSQL_PASSWORD: { value: '********', origin: 'stack' },
    MYSQL_POOL_SIZE: { value: '8', origin: 'default' },
    TEMPORAL_API_KEY: { value: '', origin: 'default' },
  });
  expect(result.stdout + result.stderr).not.toMatch(/rahasia/);
  expect(result.stdout).not.toContain(laneStack().mysql.password);
});

test('a topic that does not exist yet is waited for, said once, and read when it appears', async () => {
  const place = await ordersPlace(laneStack());
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

test('the first SIGINT waits for what is in flight, a second one ends at once', async () => {
  const place = await ordersPlace(laneStack(), { ALIR_SHUTDOWN_GRACE_SECONDS: '3600' });
  const alir = await startAlir('run', place.environment);
  await withConnection(place.config.target, async (locking) => {
    await locking.query('LOCK TABLES orders WRITE');
    await place.send({ count: 100, seed: 8 });
    await expect.poll(() => waitingForLock(place.environment), { timeout: 30_000 }).toBeGreaterThan(0);
    const ended = alir.end('SIGINT');
    await alir.says('a second signal stops at once');
    expect(alir.output, "the SDK's warning of what is meant to be").not.toContain('No workflows registered');
    const lives = new Promise((resolve) => setTimeout(() => resolve('lives'), 1_000));
    expect(await Promise.race([ended, lives])).toBe('lives');
    expect(await alir.end('SIGINT')).toBe(130);
  });
});

/** Connections that wait for the lock on a table of the place. */
async function waitingForLock(environment: Readonly<Record<string, string>>): Promise<number> {
  const { host, port, user, password } = laneStack().mysql;
  const address = { host, port, user, password, database: environment['MYSQL_DATABASE'] ?? '' };
  return withConnection(address, async (connection) => {
    const rows = await connection.query<unknown[]>(
      "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata lock' AND db = DATABASE()",
    );
    return rows.length;
  });
}
