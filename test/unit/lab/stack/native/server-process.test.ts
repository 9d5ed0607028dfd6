import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ServerProcess } from '../../../../../src/lab/stack/native/server-process.ts';
import { Watchdog } from '../../../../../src/lab/stack/native/watchdog.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const watchdog = new Watchdog();
afterAll(() => watchdog.close());

let number = 0;
function serve(script: string, program = process.execPath): ServerProcess {
  const log = join(folder, `${number++}.log`);
  return new ServerProcess('kafka', { program, args: ['-e', script], cwd: folder }, log, watchdog);
}
const never = () => Promise.reject(new Error('no answer'));
const living = 'setInterval(() => {}, 1000);';

test('a server that ends during its start is reported with exit code, log and last words', async () => {
  const server = serve('console.error("first"); console.error("out of luck"); process.exit(7)');
  const error = await server.waitUntilReady(never, 20).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'SERVER_FAILED' });
  expect(String(error)).toMatch(/kafka exited with code 7.*\.log.*first \| out of luck/);
});

test('a program that does not exist is reported the same way', async () => {
  const server = serve('', '/nowhere/at-all');
  await expect(server.waitUntilReady(never, 20)).rejects.toThrow(/kafka exited with code 127.*ENOENT/);
});

test('a server that runs and never answers is reported after its time', async () => {
  const server = serve(living);
  await expect(server.waitUntilReady(never, 0.2)).rejects.toThrow(
    /did not answer within 0.2 s \(log: .*\): no answer\.$/,
  );
  await server.stop(5);
});

test('the probe is repeated until it succeeds', async () => {
  const server = serve(living);
  let left = 3;
  await server.waitUntilReady(() => (left-- > 0 ? never() : Promise.resolve()), 20);
  expect(server.exit).toBeNull();
  await server.stop(5);
  expect(server.exit).toEqual({ code: null, signal: 'SIGTERM' });
});

test('a server that ignores the wish to end is killed after its grace time', async () => {
  const server = serve(`process.on('SIGTERM', () => console.log('no')); console.log('up'); ${living}`);
  await server.waitUntilReady(async () => {
    if (!readFileSync(server.log, 'utf8').includes('up')) await never();
  }, 20);
  await server.stop(0.3);
  expect(server.exit).toEqual({ code: null, signal: 'SIGKILL' });
  expect(readFileSync(server.log, 'utf8')).toContain('no');
});
