import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { AlirError } from '../../../../../src/errors/alir-error.ts';
import { assignPorts, isFree } from '../../../../../src/lab/stack/native/ports.ts';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function occupy(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

test('a named stack gets free ports below the range of outgoing connections, all different', async () => {
  const ports = Object.values<number>({ ...(await assignPorts('other', {}, {})) });
  expect(new Set(ports).size).toBe(ports.length);
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(30_000);
    expect(await isFree(port)).toBe(true);
  }
});

test('a named stack keeps the ports it had, except those that are taken now', async () => {
  const before = await assignPorts('other', {}, {});
  const taken = await occupy();
  const after = await assignPorts('other', {}, { ...before, mysql: taken });
  expect(after).toMatchObject({ kafka: before.kafka, temporal: before.temporal, ui: before.ui });
  expect(after.mysql).not.toBe(taken);
});

test('a chosen port that is taken is reported with server, number and option', async () => {
  const taken = await occupy();
  const error = await assignPorts('other', { mysql: taken }, {}).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AlirError);
  expect(error).toMatchObject({
    code: 'PORT_TAKEN',
    message: `Port ${taken} for MySQL is held by another program.`,
    remedy: expect.stringContaining('--mysql-port') as string,
  });
});

test('one port cannot be chosen for two servers', async () => {
  const free = (await assignPorts('other', {}, {})).kafka;
  await expect(assignPorts('other', { kafka: free, ui: free }, {})).rejects.toMatchObject({
    code: 'PORT_TAKEN',
  });
});

test('0 means any free port, for the stack default too', async () => {
  const ports = await assignPorts('default', { kafka: 0, mysql: 0, temporal: 0, ui: 0 }, {});
  expect([9092, 3306, 7233, 8233]).not.toContain(ports.kafka);
  expect(ports.mysql).toBeGreaterThanOrEqual(20_000);
});
