import { rmSync } from 'node:fs';
import type { StackDescription } from '../../config/running-stack.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { serviceNames, type StackEngine, type StackStatus } from '../engine.ts';
import { claimHolder } from './claim.ts';
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
      report({ service: 'stack', phase: 'ready', text: `the stack ${files.name} is up already` });
      options.onReady?.(running);
      return running;
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
      return Promise.reject(new AlirError('STACK_NOT_RUNNING', `The stack ${name} ${state}.`));
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

/** The description of a stack whose supervisor lives, or null. */
function runningStack(files: StackFiles): StackDescription | null {
  const holder = claimHolder(files.supervisor);
  const description = files.readDescription();
  return holder && description?.supervisor === holder.pid ? description : null;
}
