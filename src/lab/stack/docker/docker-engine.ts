import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readRunningStack, stackFolder } from '../../../config/running-stack.ts';
import { AlirError } from '../../../errors/alir-error.ts';
import { stackNotRunning } from '../not-running.ts';
import { serviceNames, type StackEngine, type StackStatus } from '../engine.ts';
import { StackFiles, writeJson } from '../native/stack-files.ts';
import { untilInterrupted } from '../native/supervisor.ts';
import { compose, needEngine } from './compose.ts';
import { listContainers } from './containers.ts';
import { describeCompose } from './describe.ts';
import { chosenVariables, startContainers } from './start-containers.ts';

/** At rest the stack has 2.5 GB; a backlog takes another one. */
const neededMemory = 4 * 2 ** 30;

/** The containers of docker-compose.yml: servers, consumer, worker and HTTP API. */
export const dockerEngine: StackEngine = {
  async up(options, report) {
    needDefault(options.name);
    const memory = await needEngine();
    if (memory < neededMemory) {
      const text = `Docker has ${(memory / 2 ** 30).toFixed(1)} GB of memory; give it 4 GB or more in its settings`;
      report({ service: 'stack', phase: 'working', text });
    }
    const variables = await chosenVariables(options.ports ?? {});
    await startContainers(variables, options.withoutMaxwell ?? false, report);
    const description = await describeCompose(variables, !options.withoutMaxwell);
    const files = new StackFiles(options.name);
    files.makeFolders();
    writeJson(files.description, description);
    options.onReady?.(description);
    if (options.foreground) {
      const living = setInterval(() => undefined, 60_000);
      await untilInterrupted().interrupted;
      clearInterval(living);
      await dockerEngine.down(options.name, report);
    }
    return description;
  },

  async start(name, service, report) {
    // Not made anew: its settings may be those of other variables.
    await onService(name, ['up', '--detach', '--no-deps', '--no-recreate', service]);
    report({ service, phase: 'ready', text: 'started' });
  },

  async stop(name, service, report) {
    await onService(name, ['stop', service]);
    report({ service, phase: 'stopped', text: 'stopped' });
  },

  async down(name, report) {
    return remove(name, [], (text) => report({ service: 'stack', phase: 'working', text }));
  },

  async status(name): Promise<StackStatus> {
    needDefault(name);
    await needEngine();
    const containers = await listContainers();
    const running = new Set(
      containers.filter(({ state }) => state === 'running').map(({ service }) => service),
    );
    if (!running.has('kafka') || !running.has('mysql') || !running.has('temporal')) {
      throw stackNotRunning(name, 'is not running', '--engine docker');
    }
    const kept = readRunningStack(name);
    const description = kept?.engine === 'docker' ? kept : await describeCompose({}, running.has('maxwell'));
    const addresses: Readonly<Record<string, string>> = {
      kafka: description.kafka.bootstrap,
      mysql: `${description.mysql.host}:${description.mysql.port}`,
      temporal: `${description.temporal.address}, Web UI ${description.temporal.ui}`,
    };
    const others = [...new Set(containers.map(({ service }) => service))].filter(
      (service) => !serviceNames.some((known) => known === service),
    );
    return {
      description,
      services: [...serviceNames, ...others].map((service) => ({
        service,
        state: running.has(service) ? 'running' : 'stopped',
        pid: null,
        address: addresses[service] ?? '',
      })),
    };
  },

  async *logs(name, { service, lines, follow }) {
    needDefault(name);
    await needEngine();
    const options = ['--no-color', '--tail', String(lines), ...(follow ? ['--follow'] : [])];
    yield* compose(['--profile', '*', 'logs', ...options, ...(service ? [service] : [])]);
  },

  async reset(name, report) {
    await remove(name, ['--volumes'], (text) => report({ service: 'stack', phase: 'working', text }));
  },
};

async function onService(name: string, args: readonly string[]): Promise<void> {
  needDefault(name);
  await needEngine();
  const { failed, stderr } = await compose(args);
  if (failed)
    throw new AlirError('SERVER_FAILED', `docker compose ${args[0]}: ${stderr.trim().split('\n').at(-1)}.`);
}

async function remove(
  name: string,
  options: readonly string[],
  tell: (text: string) => void,
): Promise<boolean> {
  needDefault(name);
  await needEngine();
  const ran = (await listContainers()).some(({ state }) => state === 'running');
  tell(`stopping ${name}`);
  const { failed, stderr } = await compose(['--profile', '*', 'down', '--remove-orphans', ...options]);
  if (failed)
    throw new AlirError('SERVER_FAILED', `docker compose down: ${stderr.trim().split('\n').at(-1)}.`);
  rmSync(join(stackFolder(name), 'stack.json'), { force: true });
  return ran;
}

function needDefault(name: string): void {
  if (name === 'default') return;
  throw new AlirError('USAGE', `Docker has one stack, "default": "${name}" needs --engine native.`);
}
