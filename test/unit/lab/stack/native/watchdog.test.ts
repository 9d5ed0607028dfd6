import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identify, stillRuns, waitForEnd } from '../../../../../src/lab/stack/native/process-identity.ts';

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'servers end when their owner is ended by %s',
  async (how) => {
    const owner = spawn(process.execPath, [join(import.meta.dirname, 'watchdog-owner.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const servers = (JSON.parse(line.toString()) as number[]).map((pid) => identify(pid));
    for (const server of servers) expect(server && stillRuns(server)).toBe(true);
    owner.kill(how);
    await once(owner, 'exit');
    for (const server of servers) expect(server && (await waitForEnd(server, 8000))).toBe(true);
  },
  30_000,
);
