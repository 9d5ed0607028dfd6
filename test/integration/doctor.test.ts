import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Level } from '../../src/operations/doctor/check.ts';
import type { Result } from '../../src/operations/doctor/run-checks.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { settingsOfStack } from '../../src/config/running-stack.ts';
import { migrateSource } from '../../src/mysql/migrations/migrate.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { ensureTopic } from '../../src/kafka/topics.ts';
import { readJson, StackFiles } from '../../src/lab/stack/native/stack-files.ts';
import type { StackSecrets } from '../../src/lab/stack/native/secrets.ts';
import { startAlir } from '../support/alir-process.ts';
import { connectTestKafka } from '../support/kafka.ts';
import { laneStack } from '../support/lane-stack.ts';
import { ordersPlace } from '../support/orders-place.ts';
import { lastJson, runCli, type CliResult } from '../support/run-cli.ts';

interface Answer {
  readonly ok: boolean;
  readonly counts: Readonly<Record<Level, number>>;
  readonly checks: readonly Result[];
}

const nowhere = '127.0.0.1:1';
const stack = laneStack();
const files = new StackFiles(stack.name, join(projectRoot, '.alir', stack.name));
const secrets = readJson<StackSecrets>(files.secrets)!;
const unmigrated = {
  ...settingsOfStack(stack),
  ALIR_STACK: stack.name,
  MYSQL_DATABASE: 'app_consumer_absent',
};

beforeAll(() => migrateSource({ ...stack.mysql, database: stack.databases.source }, () => undefined));

/** Runs `alir doctor --json` beside the stack's folder, and looks for what must never be printed. */
async function doctor(
  environment: Readonly<Record<string, string>>,
): Promise<{ answer: Answer; code: number | null; of: (area: string, name: string) => Result[] }> {
  const result = await runCli(['doctor', '--json'], {
    environment: { ALIR_STACK: stack.name, ...environment },
    timeoutMs: 120_000,
  });
  expectNoSecret(result);
  const answer = lastJson(result) as Answer;
  const of = (area: string, name: string) =>
    answer.checks.filter((check) => check.area === area && check.name === name);
  return { answer, code: result.code, of };
}

function expectNoSecret({ stdout, stderr }: CliResult): void {
  for (const secret of [secrets.root, secrets.alir, secrets.maxwell]) {
    expect(stdout + stderr).not.toContain(secret);
  }
}

async function asRoot(...statements: readonly string[]): Promise<unknown[][]> {
  const root = { ...stack.mysql, user: 'root', password: secrets.root, database: '' };
  return withConnection(root, async (connection) => {
    const answers: unknown[][] = [];
    for (const statement of statements) answers.push(await connection.query<unknown[]>(statement));
    return answers;
  });
}

/** Tables that other tests keep in the source are theirs. */
function isTrouble({ level, name }: Result): boolean {
  return level !== 'ok' && name !== 'primary keys' && name !== 'column types';
}

test('a stack on which alir runs is well in every respect', async () => {
  const place = await ordersPlace(stack);
  const alir = await startAlir('run', place.environment);
  await place.send({ count: 50, seed: 3 });
  await place.processed();
  // The topic of the source's orders appears with Maxwell's first message, its position with a heartbeat.
  await expect
    .poll(async () => (await doctor(place.environment)).answer.checks.filter(isTrouble), {
      timeout: 90_000,
      interval: 1_000,
    })
    .toEqual([]);
  const { answer, code, of } = await doctor(place.environment);
  expect(code).toBe(0);
  expect(answer).toMatchObject({ ok: true, counts: { problem: 0, skipped: 0 } });
  expect(of('Kafka', 'topics of tables')[0]?.found).toContain('each with one partition');
  expect(of('Temporal', 'worker')[0]?.found).toContain(String(alir.pid));
  const shown = await runCli(['doctor'], {
    environment: { ...place.environment, ALIR_STACK: stack.name },
  });
  expectNoSecret(shown);
  expect(shown.stdout).toMatch(/^Maxwell\n {2}ok {7}position: Client maxwell stands at binlog\./m);
  expect(shown.stdout).toMatch(/\n0 problems, \d+ warnings?, \d+ ok\.\n$/);
  expect(await alir.end()).toBe(0);
});

test('a worker that was killed is a problem at once, though Temporal lists it for minutes', async () => {
  const place = await ordersPlace(stack);
  const alir = await startAlir('run', place.environment);
  await expect
    .poll(async () => (await doctor(place.environment)).of('Temporal', 'worker'), { timeout: 60_000 })
    .toMatchObject([{ level: 'ok' }]);
  await alir.end('SIGKILL');
  const { code, of } = await doctor(place.environment);
  expect(code).toBe(1);
  expect(of('Temporal', 'worker')).toMatchObject([{ level: 'problem' }]);
  await expect
    .poll(async () => (await doctor(place.environment)).of('Kafka', 'consumer groups'), { timeout: 90_000 })
    .toMatchObject([{ level: 'problem' }, { level: 'problem' }]);
});

describe('on a stack that was only just started', () => {
  test('what is missing is told, and nothing is made', async () => {
    const kafka = await connectTestKafka();
    onTestFinished(() => kafka.close());
    const topics = async () =>
      (await kafka.admin.listTopics()).filter((name) => !name.startsWith('__')).sort();
    const databases = async () => (await asRoot('SHOW DATABASES'))[0];
    const before = [await topics(), await databases()];
    const { code, of } = await doctor(unmigrated);
    expect(code).toBe(1);
    expect(of('MySQL target', 'migrations')).toMatchObject([
      {
        level: 'problem',
        found: 'The database app_consumer_absent does not exist.',
        todo: 'Run: alir migrate',
      },
    ]);
    expect([await topics(), await databases()]).toEqual(before);
  });

  test('a namespace that does not exist', async () => {
    const { code, of } = await doctor({ ...unmigrated, TEMPORAL_NAMESPACE: 'no-such-namespace' });
    expect(code).toBe(1);
    expect(of('Temporal', 'reachable')).toMatchObject([{ level: 'ok' }]);
    expect(of('Temporal', 'namespace')[0]).toMatchObject({ level: 'problem' });
    expect(of('Temporal', 'namespace')[0]?.found).toContain('has no namespace no-such-namespace');
  });
});

const wrongSettings = [
  ['binlog_row_image', "'MINIMAL'", 'MySQL source', /binlog_row_image is MINIMAL/, 'problem'],
  ['binlog_format', "'STATEMENT'", 'MySQL source', /binlog_format is STATEMENT/, 'problem'],
  ['binlog_expire_logs_seconds', '3600', 'MySQL source', /kept for 1 hours?/, 'problem'],
  ['time_zone', "'+07:00'", 'MySQL source', /The time zone is \+07:00/, 'problem'],
  ['sql_mode', "''", 'MySQL target', /not strict/, 'warning'],
  ['max_allowed_packet', '1048576', 'MySQL target', /max_allowed_packet is 1 MiB/, 'problem'],
] as const;

test('settings of the server that harm are told, each with what to do', async () => {
  const names = wrongSettings.map(([name]) => name);
  const [rows] = await asRoot(`SELECT ${names.map((name) => `@@GLOBAL.${name} AS ${name}`).join(', ')}`);
  const kept = rows![0] as Record<string, string | number | bigint>;
  const set = (name: string, value: string) => `SET GLOBAL ${name} = ${value}`;
  onTestFinished(async () => {
    const value = (name: string) => (typeof kept[name] === 'string' ? `'${kept[name]}'` : String(kept[name]));
    await asRoot(...names.map((name) => set(name, value(name))));
  });
  await asRoot(...wrongSettings.map(([name, value]) => set(name, value)));
  const { code, of } = await doctor(unmigrated);
  expect(code).toBe(1);
  for (const [, , area, says, level] of wrongSettings) {
    const finding = of(area, 'server settings').find(({ found }) => says.test(found));
    expect(finding, String(says)).toMatchObject({ level });
    expect(finding?.todo).toBeTruthy();
    expect(finding?.means).toBeTruthy();
  }
});

test('tables without a key and columns that Maxwell spoils are named', async () => {
  const { source } = stack.databases;
  onTestFinished(() => asRoot(`DROP TABLE IF EXISTS ${source}.doctor_lessons`).then(() => undefined));
  await asRoot(`CREATE TABLE ${source}.doctor_lessons (starts TIME, until DATETIME, year YEAR)`);
  const { of } = await doctor(unmigrated);
  const [keys] = of('MySQL source', 'primary keys');
  expect(keys).toMatchObject({ level: 'warning' });
  expect(keys?.found).toContain('doctor_lessons');
  const columns = of('MySQL source', 'column types')
    .map(({ found }) => found)
    .filter((found) => found.startsWith('doctor_lessons.'));
  expect(columns[0]).toContain('doctor_lessons.starts is time');
  expect(columns[1]).toContain('doctor_lessons.year is year');
  expect(columns).toHaveLength(2);
});

test('the topic of a table with three partitions is a warning', async () => {
  const kafka = await connectTestKafka();
  const topic = `producer.${stack.databases.source}.doctor_split`;
  onTestFinished(async () => {
    await kafka.admin.deleteTopics({ topics: [topic] });
    await kafka.close();
  });
  await ensureTopic(kafka.brokers, topic, 3);
  const { of } = await doctor(unmigrated);
  expect(of('Kafka', 'topics of tables')).toMatchObject([
    { level: 'warning', found: `${topic} has 3 partitions.` },
  ]);
});

describe('a server that is away', () => {
  test('is one problem, and the others are looked at', async () => {
    const { code, answer, of } = await doctor({ ...unmigrated, KAFKA_BROKERS: nowhere });
    expect(code).toBe(1);
    expect(of('Kafka', 'reachable')).toMatchObject([{ level: 'problem' }]);
    expect(of('Kafka', 'topics')).toMatchObject([{ level: 'skipped' }]);
    expect(of('MySQL source', 'server settings')).toMatchObject([{ level: 'ok' }]);
    expect(of('Maxwell', 'settings')).toMatchObject([{ level: 'ok' }]);
    expect(answer.ok).toBe(false);
  });

  test('or refuses the password: the same', async () => {
    const { code, of } = await doctor({ ...unmigrated, MYSQL_PASSWORD: 'rahasia-salah' });
    expect(code).toBe(1);
    expect(of('MySQL target', 'reachable')[0]?.found).toMatch(/^MySQL refuses access/);
    expect(JSON.stringify(of('MySQL target', 'reachable'))).not.toContain('rahasia');
    expect(of('Kafka', 'reachable')).toMatchObject([{ level: 'ok' }]);
  });

  test('every server accepts connections and never answers: it ends, with exit code 3', async () => {
    const port = await silentServer();
    const silent = `127.0.0.1:${port}`;
    const { code, answer } = await doctor({
      KAFKA_BROKERS: silent,
      TEMPORAL_ADDRESS: silent,
      MYSQL_HOST: '127.0.0.1',
      MYSQL_PORT: String(port),
    });
    expect(answer.checks.filter(({ name }) => name === 'reachable').map(({ level }) => level)).toEqual(
      Array(4).fill('problem'),
    );
    expect(code).toBe(3);
  });
});

/** Takes connections and what they send, and says nothing. */
async function silentServer(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).resume());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

test('a wrong setting is the one finding, without its value', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'alir-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const result = await runCli(['doctor', '--json'], { folder, environment: { MYSQL_PORT: 'abc-secret' } });
  expect(result.code).toBe(1);
  expect(lastJson(result)).toMatchObject({
    ok: false,
    checks: [{ area: 'Configuration', name: 'settings', level: 'problem' }],
  });
  expect(result.stdout).toMatch(/MYSQL_PORT/);
  expect(result.stdout).not.toContain('abc-secret');
});
