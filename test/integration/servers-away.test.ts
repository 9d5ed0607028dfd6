import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { expect, onTestFinished, test } from 'vitest';
import { AlirChild } from '../support/alir-process.ts';
import { startBreakingProxy } from '../support/breaking-proxy.ts';
import { laneStack } from '../support/lane-stack.ts';
import { ordersPlace } from '../support/orders-place.ts';
import { runCli } from '../support/run-cli.ts';

const freePort = () => getPort({ host: '127.0.0.1' });

async function pages(child: AlirChild): Promise<Record<string, number>> {
  const url = /"url":"(http:[^"]+)"/.exec(child.output)?.[1] ?? '';
  const names = ['healthz', 'startupz', 'readyz'];
  const answers = names.map(async (name) => [name, (await fetch(`${url}/${name}`)).status] as const);
  return Object.fromEntries(await Promise.all(answers));
}

const cases = [
  ['MySQL', ['worker', 'serve'], (at: string) => ({ MYSQL_PORT: at.split(':')[1] ?? '' })],
  ['Kafka', ['consume'], (at: string) => ({ KAFKA_BROKERS: at })],
  ['Temporal', ['run'], (at: string) => ({ TEMPORAL_ADDRESS: at })],
] as const;

test.each(cases)(
  '%s is away when a process starts: it says so, lives, and goes on by itself',
  async (server, parts, settings) => {
    const stack = laneStack();
    const place = await ordersPlace(stack);
    const port = await freePort();
    const environment = { ...place.environment, ...settings(`127.0.0.1:${port}`) };
    const children = parts.map((part) => new AlirChild([part], environment));
    onTestFinished(async () => void (await Promise.all(children.map((child) => child.end('SIGKILL')))));
    for (const child of children) await child.says('Waiting for ');
    for (const child of children) {
      expect(child.output).toMatch(new RegExp(`Waiting for ${server}: .*127.0.0.1:${port}`));
      expect(await pages(child)).toEqual({ healthz: 200, startupz: 503, readyz: 503 });
    }
    const [host = '', realPort = ''] = {
      MySQL: [stack.mysql.host, String(stack.mysql.port)],
      Kafka: stack.kafka.bootstrap.split(':'),
      Temporal: stack.temporal.address.split(':'),
    }[server];
    const comes = await startBreakingProxy({ host, port: Number(realPort) }, port);
    onTestFinished(() => comes.close());
    for (const [index, child] of children.entries()) await child.says(`alir ${parts[index]} is ready`);
    for (const child of children) {
      expect(child.output).toContain('The server answers.');
      expect(await pages(child)).toEqual({ healthz: 200, startupz: 200, readyz: 200 });
      expect(await child.end()).toBe(0);
    }
  },
);

test.each<Record<string, string>>([{ KAFKA_BROKERS: '127.0.0.1:1' }, { TEMPORAL_ADDRESS: '127.0.0.1:1' }])(
  'a process that waits ends when it is asked to: %j',
  async (settings) => {
    const place = await ordersPlace(laneStack());
    const child = new AlirChild(['run'], { ...place.environment, ...settings });
    await child.says('Waiting for ');
    expect(await child.end()).toBe(0);
    expect(child.output).toContain('stopped before it had started');
    expect(child.output).not.toContain('is ready');
  },
);

test('nobody waits for a stack that has not been started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'alir-nothing-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { code, stderr } = await runCli(['run'], { environment: {}, folder });
  expect(code).toBe(3);
  expect(stderr).not.toContain('Waiting');
  expect(stderr).toContain('\u2192 ');
});

test('alir migrate --wait waits for its servers, and not for ever', async () => {
  const stack = laneStack();
  const place = await ordersPlace(stack);
  const migrate = (settings: Record<string, string>, seconds: string) =>
    runCli(['migrate', '--topics', '--wait', seconds], {
      environment: { ...place.environment, ...settings },
    });
  const port = await freePort();
  const migrating = migrate({ MYSQL_PORT: String(port) }, '120');
  const gaveUp = await migrate({ KAFKA_BROKERS: '127.0.0.1:1' }, '2');
  expect(gaveUp.code).toBe(3);
  expect(gaveUp.stderr).toMatch(/^Waiting for Kafka: [^]*^KAFKA_UNAVAILABLE: /m);
  const comes = await startBreakingProxy(stack.mysql, port);
  onTestFinished(() => comes.close());
  const { code, stderr } = await migrating;
  expect(stderr).toMatch(/^Waiting for MySQL: /m);
  expect(code).toBe(0);
});
