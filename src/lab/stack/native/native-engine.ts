import { rmSync } from 'node:fs';
import type { StackDescription } from '../../../config/running-stack.ts';
import { stackNotRunning } from '../not-running.ts';
import { serviceNames, type StackEngine, type StackReport, type StackStatus } from '../engine.ts';
import { claimHolder } from './claim.ts';
import { askOwner } from './control.ts';
import { endLeftovers } from './leftovers.ts';
import { readLogs } from './read-logs.ts';
import { NativeStack } from './native-stack.ts';
import { needLinux } from './obtain/platform.ts';
import type { StackPorts } from './ports.ts';
import { signal, stillRuns, waitForEnd } from './process-identity.ts';
import { services } from './services/all.ts';
import { startSupervisor } from './start-supervisor.ts';
import { readJson, StackFiles } from './stack-files.ts';
import { supervisedOptions, untilInterrupted } from './supervisor.ts';

/** Real servers as child processes of a supervisor. */
export const nativeEngine: StackEngine = {
  async up(options, report) {
    needLinux();
    const files = new StackFiles(options.name);
    const running = runningStack(files);
    if (running) {
      const description = await completed(files, running, report);
      options.onReady?.(description);
      return description;
    }
    if (!options.foreground) {
      const description = await startSupervisor(options, files, report);
      options.onReady?.(description);
      return description;
    }
    const { signal: stop, interrupted } = untilInterrupted();
    const stack = await NativeStack.start(supervisedOptions(options, stop), report);
    const description = stack.description;
    options.onReady?.(description);
    const living = setInterval(() => undefined, 60_000);
    await interrupted;
    clearInterval(living);
    await stack.close();
    return description;
  },

  start(name, service, report) {
    return askOwner(runningFiles(name), { do: 'start', service }, report);
  },

  stop(name, service, report) {
    return askOwner(runningFiles(name), { do: 'stop', service }, report);
  },

  async down(name, report) {
    const files = new StackFiles(name);
    const holder = claimHolder(files.supervisor);
    if (!holder) return (await endLeftovers(files)) > 0;
    report({ service: 'stack', phase: 'working', text: `stopping ${name}` });
    signal(holder, 'SIGTERM');
    // The supervisor ends every server in order or, after its grace time, the hard way: longer than all of them.
    if (!(await waitForEnd(holder, 120_000))) {
      signal(holder, 'SIGKILL');
      await waitForEnd(holder, 10_000);
    }
    await endLeftovers(files);
    return true;
  },

  status(name): Promise<StackStatus> {
    const files = new StackFiles(name);
    const description = runningStack(files);
    if (!description) {
      const starting = claimHolder(files.supervisor) !== null;
      const state = starting ? 'is starting' : 'is not running';
      return Promise.reject(stackNotRunning(name, state));
    }
    const ports = readJson<StackPorts>(files.ports);
    const servers = files.readServers().filter(stillRuns);
    return Promise.resolve({
      description,
      services: serviceNames.map((service) => {
        const pid = servers.find((server) => server.service === service)?.pid ?? null;
        const address = ports ? services[service].address(ports) : '';
        return { service, state: pid === null ? 'stopped' : 'running', pid, address };
      }),
    });
  },

  logs(name, options) {
    return readLogs(new StackFiles(name), options);
  },

  async reset(name, report) {
    await nativeEngine.down(name, report);
    rmSync(new StackFiles(name).folder, { recursive: true, force: true });
  },
};

/** Has what is down of a running stack started. One that was started without Maxwell has none to start. */
async function completed(
  files: StackFiles,
  running: StackDescription,
  report: StackReport,
): Promise<StackDescription> {
  const alive = new Set(
    files
      .readServers()
      .filter(stillRuns)
      .map(({ service }) => service),
  );
  if (serviceNames.every((service) => alive.has(service))) {
    report({ service: 'stack', phase: 'ready', text: `the stack ${files.name} is up already` });
    return running;
  }
  report({
    service: 'stack',
    phase: 'working',
    text: `the stack ${files.name} is up; starting what is down`,
  });
  await askOwner(files, { do: 'start-missing' }, report);
  return runningStack(files) ?? running;
}

/** @throws AlirError STACK_NOT_RUNNING */
function runningFiles(name: string): StackFiles {
  const files = new StackFiles(name);
  if (runningStack(files) === null) throw stackNotRunning(name, 'is not running');
  return files;
}

/** The description of a stack whose supervisor lives, or null. */
function runningStack(files: StackFiles): StackDescription | null {
  const holder = claimHolder(files.supervisor);
  const description = files.readDescription();
  return holder && description?.supervisor === holder.pid ? description : null;
}
