import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { askOwner, serveControl } from '../../../../../src/lab/stack/native/control.ts';

const folder = mkdtempSync(join(tmpdir(), 'alir-control-'));
const stack = { name: 'lab', folder };
const request = { do: 'start-missing' } as const;
let close = (): unknown => undefined;

afterEach(() => close());

test('what is asked for is done, and told about meanwhile', async () => {
  const server = await serveControl(folder, (_asked, report) => {
    report({ service: 'maxwell', phase: 'working', text: 'starting' });
    return Promise.resolve();
  });
  close = () => server.close();
  const told: string[] = [];
  await askOwner(stack, request, ({ text }) => told.push(text));
  expect(told).toEqual(['starting']);
});

test('an asker that is killed with answers unread ends nothing', async () => {
  const done = vi.fn();
  const server = await serveControl(folder, async (_asked, report) => {
    asker.kill('SIGSTOP');
    report({ service: 'maxwell', phase: 'working', text: 'starting' });
    await delay(100);
    asker.kill('SIGKILL');
    await once(asker, 'exit');
    await delay(100);
    done();
  });
  close = () => server.close();
  const asker = spawn(process.execPath, [
    '-e',
    askerSource,
    server.address() as string,
    JSON.stringify(request),
  ]);
  await vi.waitFor(() => expect(done).toHaveBeenCalled(), { timeout: 20_000 });
  expect(server.listening).toBe(true);
});

const askerSource = `
  const socket = require('node:net').createConnection(process.argv[1]);
  socket.write(process.argv[2] + '\\n');
`;

test('an owner that dies in the middle is told of in a sentence', async () => {
  const sockets: Socket[] = [];
  const server = await serveControl(folder, () => {
    sockets.forEach((socket) => socket.destroy());
    return new Promise(() => undefined);
  });
  server.on('connection', (socket) => sockets.push(socket));
  close = () => server.close();
  await expect(askOwner(stack, request, () => undefined)).rejects.toMatchObject({ code: 'SERVER_FAILED' });
});
