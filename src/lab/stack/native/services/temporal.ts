import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { obtainTemporal } from '../obtain/temporal.ts';
import { readDeployFile } from '../obtain/deploy.ts';
import { outputOf } from '../run-tool.ts';
import type { Service } from './service.ts';

export const namespace = 'default';

/**
 * Each step of a workflow is a transaction. By default SQLite makes a file for each, brings that and the database to the
 * disk, and removes it again; with a write-ahead log (sqlite.org/wal.html) it appends once, and loses as little.
 */
const journal = 'journal_mode=WAL';

/** Temporal's development server with its Web UI, keeping its state in a database file. */
export const temporal: Service = {
  name: 'temporal',
  startsAfter: [],
  needs: [],
  readySeconds: 90,
  graceSeconds: 15,
  address: (ports) => `127.0.0.1:${ports.temporal}, Web UI http://localhost:${ports.ui}`,

  async prepare({ files, ports }, tell) {
    const program = await obtainTemporal(tell);
    const folder = files.data('temporal');
    mkdirSync(folder, { recursive: true });
    return {
      program,
      args: [
        'server',
        'start-dev',
        ...['--ip', '127.0.0.1', '--port', String(ports.temporal), '--http-port', String(ports.temporalHttp)],
        ...['--ui-ip', '127.0.0.1', '--ui-port', String(ports.ui), ...(await newsFlag(program))],
        ...['--metrics-port', String(ports.temporalMetrics)],
        ...['--db-filename', join(folder, 'temporal.db'), '--sqlite-pragma', journal, '--log-level', 'warn'],
        ...dynamicConfig().flatMap((setting) => ['--dynamic-config-value', setting]),
      ],
      cwd: folder,
    };
  },

  async probe({ ports }) {
    const connection = await Connection.connect({
      address: `127.0.0.1:${ports.temporal}`,
      connectTimeout: 2000,
    });
    try {
      await connection.workflowService.describeNamespace({ namespace });
    } finally {
      await connection.close();
    }
  },
};

/** Keeps the Web UI from fetching news out of the net, where the program knows how. */
async function newsFlag(program: string): Promise<string[]> {
  const flag = '--ui-disable-news-fetch';
  const help = await outputOf(program, ['server', 'start-dev', '--help']);
  return help?.includes(flag) ? [flag] : [];
}

/** The server's own format, a list of values per name, as the development server takes it on its command line. */
function dynamicConfig(): string[] {
  const settings = JSON.parse(readDeployFile('temporal', 'dynamic-config.json')) as Record<
    string,
    { value: unknown }[]
  >;
  return Object.entries(settings).map(([name, values]) => `${name}=${JSON.stringify(values[0]?.value)}`);
}
