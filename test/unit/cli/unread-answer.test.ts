import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { alirEntry } from '../../support/entry.ts';

test('an answer that nobody reads to its end is no error', async () => {
  const child = spawn(process.execPath, [...alirEntry, 'config'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const [code] = (await once(child, 'close')) as [number];
  expect([code, said]).toEqual([0, '']);
}, 60_000);
