import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, expect, test, vi } from 'vitest';
import type { StackDescription } from '../../src/config/running-stack.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { isFull } from '../support/full.ts';
import { lastJson, runCli } from '../support/run-cli.ts';

// Five deaths, a minute and more of them, and a start that waits for a server that never comes.
test.runIf(isFull)(
  'stack up starts what its supervisor has given up, and says what it cannot start',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'alir-up-'));
    const name = `up-${randomUUID().slice(0, 4)}`;
    const environment = { ALIR_STACK: name };
    const alir = (...args: readonly string[]) => runCli(args, { folder, environment, timeoutMs: 400_000 });
    const up = () =>
      alir(
        'stack',
        'up',
        '--kafka-port',
        '0',
        '--mysql-port',
        '0',
        '--temporal-port',
        '0',
        '--ui-port',
        '0',
        '--json',
      );
    onTestFinished(async () => {
      await alir('stack', 'reset');
      rmSync(folder, { recursive: true, force: true });
    });
    const first = await up();
    expect(first.code, first.stderr).toBe(0);
    const { mysql, databases } = lastJson(first) as StackDescription;
    expect((await alir('migrate')).code).toBe(0);

    const inSource = (statement: string) =>
      withConnection({ ...mysql, database: databases.source }, (connection) => connection.query(statement));
    await inSource('CREATE TABLE stops (id INT PRIMARY KEY, a DEC(10,3))');
    const log = join(folder, '.alir', name, 'logs', 'supervisor.log');
    await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain('not restarting it again'), {
      timeout: 400_000,
      interval: 1_000,
    });
    const failed = await up();
    expect(failed.code).toBe(3);
    expect(failed.stderr).toContain('did not start in full: maxwell');
    expect(failed.stderr).toContain('alir maxwell recover');

    const recovered = await alir('maxwell', 'recover', '--yes', '--json');
    expect(recovered.code, recovered.stderr).toBe(0);
    const again = await up();
    expect(again.code, again.stderr).toBe(0);
    expect(lastJson(again)).toMatchObject({ maxwell: { running: true } });

    const servers = JSON.parse(readFileSync(join(folder, '.alir', name, 'servers.json'), 'utf8')) as {
      service: string;
      pid: number;
    }[];
    const { pid } = servers.find(({ service }) => service === 'temporal')!;
    process.kill(pid, 'SIGKILL');
    expect((await up()).code).toBe(0);
    const status = await alir('stack', 'status');
    expect(status.stdout).toMatch(/^temporal +running/m);
  },
  900_000,
);
