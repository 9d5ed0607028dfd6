import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Result } from '../../src/operations/doctor/run-checks.ts';
import type { Status } from '../../src/operations/status/read-status.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { migrateSource } from '../../src/mysql/migrations/migrate.ts';
import { NativeStack } from '../../src/lab/stack/native/native-stack.ts';
import { startAlir, type AlirChild } from '../support/alir-process.ts';
import { makePlace, type OrdersPlace } from '../support/make-place.ts';
import { beginAnew, refusedByServer, rootConnection, stopCases } from '../support/maxwell-stops.ts';
import { obtainPrometheus, startPrometheus, type RunningPrometheus } from '../support/prometheus.ts';
import { isFull } from '../support/full.ts';
import { lastJson, runCli } from '../support/run-cli.ts';

const debian = await obtainPrometheus();
if (typeof debian === 'string') process.stderr.write(`Without alerts: ${debian}\n`);

const name = `own-${process.pid}-${randomUUID().slice(0, 4)}`;
const folder = join(projectRoot, '.alir', name);
const patience = { timeout: 120_000, interval: 500 };
let stack: NativeStack;
let place: OrdersPlace;
let alir: AlirChild;
let closePlace: () => Promise<void>;

beforeAll(async () => {
  stack = await NativeStack.start({ name, folder, ports: 'free' }, () => undefined);
  ({ place, close: closePlace } = await makePlace(stack.description, { ALIR_STACK: name }));
  await migrateSource(place.config.source, () => undefined);
  alir = await startAlir('run', place.environment);
  const tables = async () => (await status()).answer.pipelines[1]?.tables ?? [];
  await vi.waitUntil(async () => (await tables()).some(({ state }) => state === 'ready'), patience);
}, 600_000);

afterAll(async () => {
  await alir.end();
  await closePlace();
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

async function status(settings: Record<string, string> = {}) {
  const environment = { ...place.environment, ...settings };
  const result = await runCli(['status', '--json'], { environment, timeoutMs: 120_000 });
  return { answer: lastJson(result) as Status, code: result.code };
}

async function doctor(): Promise<Result> {
  const result = await runCli(['doctor', '--json'], { environment: place.environment, timeoutMs: 120_000 });
  const { checks } = lastJson(result) as { checks: Result[] };
  expect(result.code).toBe(1);
  return checks.find((check) => check.area === 'Maxwell' && check.name === 'standstill')!;
}

async function sample(metric: string): Promise<number | undefined> {
  const url = /"url":"(http:[^"]+)"/.exec(alir.output)?.[1] ?? '';
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${metric}{`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

/** Whether the process is ready for an orchestrator. */
async function isReady(): Promise<boolean> {
  const url = /"url":"(http:[^"]+)"/.exec(alir.output)?.[1] ?? '';
  return (await fetch(`${url}/readyz`)).ok;
}

let prometheus: RunningPrometheus | null = null;

async function firing(): Promise<string[]> {
  if (prometheus === null) return ['AlirMaxwellStopped'];
  const { alerts } = await prometheus.get<{ alerts: { labels: { alertname: string }; state: string }[] }>(
    'alerts',
  );
  return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
}

/** Status, metrics and the alert tell that Maxwell passes nothing; readiness does not. */
async function expectSilence(): Promise<void> {
  // On a machine that is busy a server may take too long for an answer: that is exit code 3.
  const { answer } = await vi.waitUntil(async () => {
    const told = await status();
    return told.code === 1 && told.answer.maxwell.state === 'silent' && told;
  }, patience);
  expect(answer.standstills).toMatchObject([
    { pipeline: 'cdc', remedy: expect.stringContaining('alir doctor') as string },
  ]);
  expect(answer.pipelines[1]?.tables?.[0]?.lagSeconds).toBeGreaterThan(30);
  for (const metric of ['alir_maxwell_lag_seconds', 'alir_replication_lag_seconds'])
    // What a scrape tells was read up to some seconds before.
    await expect.poll(() => sample(metric), { ...patience, message: metric }).toBeGreaterThan(30);
  await expect.poll(firing, patience).toContain('AlirMaxwellStopped');
  expect(await isReady()).toBe(true);
}

async function expectReading(): Promise<void> {
  await expect.poll(async () => (await status()).code, patience).toBe(0);
  await expect.poll(() => sample('alir_replication_lag_seconds'), patience).toBe(0);
}

async function startAlerts(): Promise<void> {
  if (typeof debian === 'string') return;
  const address = new URL(/"url":"(http:[^"]+)"/.exec(alir.output)?.[1] ?? '').host;
  prometheus = await startPrometheus(debian, [{ job: 'alir', part: 'consumer', address }]);
  onTestFinished(() => void (prometheus = null));
}

describe('Maxwell stops, and status, metrics, the alert and doctor say so', () => {
  test.each(stopCases.filter(({ isAnother = false }) => isFull || !isAnother))(
    '$name',
    async ({ before = [], at, says }) => {
      await beginAnew(stack);
      await startAlerts();
      await expectReading();
      const root = await rootConnection(stack);
      onTestFinished(() => root.end());
      for (const statement of [...before, ...at]) await root.query(statement);
      await expectSilence();
      const finding = await doctor();
      expect(finding).toMatchObject({
        level: 'problem',
        todo: expect.stringContaining('alir maxwell recover') as string,
      });
      expect(finding.found).toMatch(says);
    },
    400_000,
  );

  test.runIf(isFull)(
    'it was killed, and goes on when it is started',
    async () => {
      await beginAnew(stack);
      await startAlerts();
      await expectReading();
      await stack.kill('maxwell');
      await expectSilence();
      expect(await doctor()).toMatchObject({
        level: 'problem',
        found: expect.stringContaining('no sign of life') as string,
      });
      await stack.start('maxwell');
      await expectReading();
    },
    400_000,
  );

  test.runIf(isFull)(
    'it lives without Kafka: status tells it beside the server that is away',
    async () => {
      await beginAnew(stack);
      await expectReading();
      const root = await rootConnection(stack);
      onTestFinished(() => root.end());
      await stack.kill('kafka');
      await root.query('UPDATE app_producer.orders SET total = total + 1 LIMIT 1');
      await expect.poll(async () => (await status()).answer.maxwell.state, patience).toBe('silent');
      const { answer, code } = await status();
      expect(code).toBe(3);
      expect(answer.away).toMatchObject([{ server: 'Kafka' }]);
      expect(answer.standstills).toMatchObject([{ pipeline: 'cdc' }]);
      expect(await sample('alir_maxwell_lag_seconds')).toBeGreaterThan(30);
      expect(await doctor()).toMatchObject({
        level: 'problem',
        found: expect.stringContaining('Maxwell is running but makes no progress') as string,
      });
      await stack.start('kafka');
      await expectReading();
    },
    400_000,
  );
});

test('where the positions of Maxwell may not be read the lag is unknown, and the grant is told', async () => {
  const root = await rootConnection(stack);
  onTestFinished(() => root.end());
  await root.query("CREATE USER 'blind'@'%' IDENTIFIED WITH mysql_native_password BY 'secret'");
  await root.query("GRANT SELECT ON app_producer.* TO 'blind'@'%'");
  const blind = {
    ...{ SOURCE_MYSQL_HOST: '127.0.0.1', SOURCE_MYSQL_PORT: String(stack.ports.mysql) },
    ...{ SOURCE_MYSQL_USER: 'blind', SOURCE_MYSQL_PASSWORD: 'secret' },
  };
  const { answer, code } = await status(blind);
  expect(code).toBe(1);
  expect(answer.maxwell).toMatchObject({ state: 'unknown', lagSeconds: null });
  expect(answer.maxwell.remedy).toContain('GRANT SELECT ON `maxwell`.*');
  expect(answer.pipelines[1]?.tables?.map(({ lagSeconds }) => lagSeconds)).toContain(null);
});

test('what the server refuses cannot stop Maxwell', async () => {
  const root = await rootConnection(stack);
  onTestFinished(() => root.end());
  for (const statement of refusedByServer) await expect(root.query(statement)).rejects.toThrow(/syntax/);
});
