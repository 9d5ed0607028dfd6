import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import type { MysqlAddress } from '../../src/config/load-config.ts';
import { obtainOnce } from '../../src/lab/stack/native/obtain/cache.ts';
import { unpackPackages } from '../../src/lab/stack/native/obtain/debian.ts';
import { prometheusFolder } from './monitoring-files.ts';

/** Programs of Debian's packages, unpacked and not installed. */
export interface MonitoringPrograms {
  readonly prometheus: string;
  readonly promtool: string;
  readonly mysqlExporter: string;
}

/** Prometheus as Debian has it; a sentence where it cannot be had. */
export async function obtainPrometheus(): Promise<MonitoringPrograms | string> {
  if (!existsSync('/etc/debian_version')) return 'Prometheus is taken from the packages of Debian or Ubuntu.';
  const quiet = (): void => undefined;
  const packages = ['prometheus', 'prometheus-mysqld-exporter'];
  const folder = await obtainOnce('prometheus-debian', quiet, (part) =>
    unpackPackages(packages, part, 'Prometheus'),
  );
  const program = (name: string): string => join(folder, 'usr/bin', name);
  return {
    prometheus: program('prometheus'),
    promtool: program('promtool'),
    mysqlExporter: program('prometheus-mysqld-exporter'),
  };
}

/** A Prometheus that runs until the test has finished. */
export interface RunningPrometheus {
  /** The `data` of its answer. @throws Error with its own words where it refuses the question */
  get<Data>(path: string, parameters?: Readonly<Record<string, string>>): Promise<Data>;
}

/** What is scraped, by the names that `prometheus.yml` gives to jobs and parts. */
export type Targets = readonly { readonly job: string; readonly part?: string; readonly address: string }[];

/** Starts it with the project's rules. The compose stack finds its targets by name; here they are given. */
export async function startPrometheus(
  { prometheus }: MonitoringPrograms,
  targets: Targets,
): Promise<RunningPrometheus> {
  const folder = temporaryFolder();
  const config = join(folder, 'prometheus.yml');
  const scraped = targets.map(({ job, part, address }, index) => ({
    job_name: `${job}-${index}`,
    static_configs: [{ targets: [address], labels: { job, ...(part ? { part } : {}) } }],
  }));
  const global = { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '2s' };
  writeFileSync(
    config,
    stringify({ global, rule_files: [join(prometheusFolder, 'rules/*.yml')], scrape_configs: scraped }),
  );
  const address = `127.0.0.1:${await getPort({ host: '127.0.0.1' })}`;
  const child = run(prometheus, [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
  ]);
  onTestFinished(async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    async get<Data>(path: string, parameters: Readonly<Record<string, string>> = {}) {
      const query = new URLSearchParams(parameters).toString();
      const answer = await fetch(`http://${address}/api/v1/${path}?${query}`);
      const { status, data, error } = (await answer.json()) as { status: string; data: Data; error?: string };
      if (status !== 'success') throw new Error(error);
      return data;
    },
  };
}

/** Starts the exporter of a MySQL server, until the test has finished; returns its address. */
export async function startMysqlExporter(
  { mysqlExporter }: MonitoringPrograms,
  { user, password, host, port }: MysqlAddress,
): Promise<string> {
  const folder = temporaryFolder();
  const login = join(folder, 'my.cnf');
  const lines = Object.entries({ user, password, host, port }).map(([name, value]) => `${name}=${value}`);
  writeFileSync(login, `[client]\n${lines.join('\n')}\n`, { mode: 0o600 });
  const address = `127.0.0.1:${await getPort({ host: '127.0.0.1' })}`;
  const child = run(mysqlExporter, [`--config.my-cnf=${login}`, `--web.listen-address=${address}`]);
  onTestFinished(async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  });
  return address;
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'alir-monitoring-'));
}

function run(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore' });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
