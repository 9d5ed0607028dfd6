import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { readReadiness, type ReadyChecks } from '../../../src/http/readiness.ts';
import { startHttp, type HttpServer } from '../../../src/http/server.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { Metrics } from '../../../src/observability/metrics.ts';

const well = (): Promise<void> => Promise.resolve();
const logger = createLogger('silent');

let hasStarted = true;
const parts = { metrics: new Metrics(), hasStarted: () => hasStarted, logger };

async function serve(
  checks: ReadyChecks = {},
  settings: Record<string, string> = { HTTP_PORT: '0' },
): Promise<HttpServer> {
  const server = await startHttp(loadConfig(settings), { ...parts, checks });
  onTestFinished(() => server.stop());
  return server;
}

/** A port that another program holds. */
async function takenPort(): Promise<number> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void holder.close());
  return (holder.address() as AddressInfo).port;
}

test('metrics come in the text format of Prometheus', async () => {
  const answer = await fetch(`${(await serve()).url}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await answer.text()).toContain('# TYPE alir_records_total counter');
});

test('a process that lives is healthy even when it is not ready, and says what is missing', async () => {
  const { url } = await serve({ kafka: well, mysql: () => Promise.reject(new Error('MySQL is away.')) });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const answer = await fetch(`${url}/readyz`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({
    ready: false,
    checks: { kafka: 'ok', mysql: 'MySQL is away.' },
  });
});

test('a process that waits for its servers lives, and has not started', async () => {
  const { url } = await serve();
  const answers = () =>
    Promise.all(['healthz', 'startupz'].map(async (page) => (await fetch(`${url}/${page}`)).status));
  hasStarted = false;
  expect(await answers()).toEqual([200, 503]);
  hasStarted = true;
  expect(await answers()).toEqual([200, 200]);
});

test('a process that has all it needs is ready', async () => {
  const answer = await fetch(`${(await serve({ kafka: well, mysql: well })).url}/readyz`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ ready: true, checks: { kafka: 'ok', mysql: 'ok' } });
});

test('a check that never answers has failed', async () => {
  const checks = { kafka: () => new Promise(() => undefined), mysql: well };
  expect(await readReadiness(checks, 10)).toEqual({
    ready: false,
    checks: { kafka: 'no answer within 0.01 s', mysql: 'ok' },
  });
});

test('a port that was asked for and is taken is an error that names it', async () => {
  const port = String(await takenPort());
  await expect(serve({}, { HTTP_PORT: port })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringContaining(port) as string,
  });
});

test('where nobody has chosen a port, a taken one is no reason to stay away', async () => {
  const config = loadConfig();
  const taken = {
    ...config,
    settings: { ...config.settings, HTTP_PORT: await takenPort() },
    origins: { ...config.origins, HTTP_PORT: 'default' as const },
  };
  const server = await startHttp(taken, { ...parts, checks: {} });
  onTestFinished(() => server.stop());
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});
