import getPort from 'get-port';
import { AlirError } from '../../../errors/alir-error.ts';
import type { ChosenPorts, ServiceName, StackReport } from '../engine.ts';
import { compose } from './compose.ts';
import { listContainers } from './containers.ts';

const containerOf: Readonly<Record<string, ServiceName>> = {
  kafka: 'kafka',
  mysql_servers: 'mysql',
  temporal: 'temporal',
  maxwell_cdc: 'maxwell',
};

const variableOf: Readonly<Record<keyof ChosenPorts, string>> = {
  kafka: 'KAFKA_PORT',
  mysql: 'MYSQL_PORT',
  temporal: 'TEMPORAL_PORT',
  ui: 'TEMPORAL_UI_PORT',
};

/** The chosen ports as the variables of docker-compose.yml; 0 becomes a free one. */
export async function chosenVariables(ports: ChosenPorts): Promise<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const [name, port] of Object.entries(ports) as [keyof ChosenPorts, number][]) {
    variables[variableOf[name]] = String(port === 0 ? await getPort({ host: '127.0.0.1' }) : port);
  }
  return variables;
}

/**
 * `docker compose up --wait`, told line by line.
 *
 * @throws AlirError PORT_TAKEN, DOWNLOAD_FAILED, SERVER_FAILED naming the container and what it wrote last
 */
export async function startContainers(
  variables: Readonly<Record<string, string>>,
  withoutMaxwell: boolean,
  report: StackReport,
): Promise<void> {
  const scale = withoutMaxwell ? ['--scale', 'maxwell=0'] : [];
  report({ service: 'stack', phase: 'working', text: 'docker compose up (the first time takes minutes)' });
  const child = compose(['up', '--detach', '--wait', ...scale], variables);
  const words: string[] = [];
  for await (const line of child.iterable({ from: 'stderr' })) {
    words.push(line);
    const [, container = '', what = ''] = /^\s*Container (\S+)\s+(\w+)/.exec(line) ?? [];
    const service = containerOf[container];
    if (service)
      report({ service, phase: what === 'Healthy' ? 'ready' : 'working', text: what.toLowerCase() });
  }
  if ((await child).failed) throw await explain(words.filter((line) => line.trim() !== ''));
}

async function explain(words: readonly string[]): Promise<AlirError> {
  const all = words.join('\n');
  const port = /(?:Bind for|listen tcp4?) [\d.]+:(\d+)/.exec(all)?.[1];
  if (port !== undefined) {
    return new AlirError('PORT_TAKEN', `Port ${port} is held by another program.`, {
      remedy: 'Stop that program, or set another port in .env (.env.example lists them).',
    });
  }
  if (/pull access denied|manifest unknown|no such host|TLS handshake|toomanyrequests/.test(all)) {
    return new AlirError('DOWNLOAD_FAILED', `Docker could not get an image: ${words.at(-1) ?? ''}`);
  }
  const failed = (await listContainers()).find(
    ({ state, health }) => health === 'unhealthy' || state === 'restarting' || state === 'dead',
  );
  if (!failed) return new AlirError('SERVER_FAILED', `docker compose up: ${words.at(-1) ?? 'failed'}.`);
  const { stdout } = await compose(['logs', '--no-color', '--no-log-prefix', '--tail', '3', failed.service]);
  const said = stdout.trim().split('\n').at(-1) ?? '';
  return new AlirError('SERVER_FAILED', `The container ${failed.service} did not become ready: ${said}`, {
    remedy: `Run: docker compose logs ${failed.service}`,
  });
}
