import type { Server } from 'node:net';
import type { StackDescription } from '../../../config/running-stack.ts';
import { AlirError, messageOf } from '../../../errors/alir-error.ts';
import { serviceNames, type ChosenPorts, type ServiceName, type StackReport } from '../engine.ts';
import { releaseClaim, takeClaim } from './claim.ts';
import { serveControl, type ControlRequest } from './control.ts';
import { describeStack } from './describe.ts';
import { endLeftovers } from './leftovers.ts';
import { ManagedService } from './managed-service.ts';
import { needLinux } from './obtain/platform.ts';
import { assignPorts, type StackPorts } from './ports.ts';
import { identify } from './process-identity.ts';
import { stackSecrets, type StackSecrets } from './secrets.ts';
import { services } from './services/all.ts';
import type { ServiceContext } from './services/service.ts';
import { readJson, StackFiles, writeJson, type RegisteredServer } from './stack-files.ts';
import { Watchdog } from './watchdog.ts';

export interface NativeStackOptions {
  readonly name: string;
  /** Where data, logs and state are kept; default `.alir/<name>` in the current folder. */
  readonly folder?: string;
  /** The servers to start; default all. */
  readonly services?: readonly ServiceName[];
  /** Chosen ports; 'free': any free ones (those it had before, where they are still free). */
  readonly ports?: ChosenPorts | 'free';
  /** Start servers again that die by themselves; default false. */
  readonly restart?: boolean;
  /** Ends a start that is under way, and what it has started. */
  readonly signal?: AbortSignal;
}

/** A running stack of real servers, owned by this process: they end with it, whatever ends it. */
export class NativeStack {
  readonly #services: ReadonlyMap<ServiceName, ManagedService>;
  readonly #watchdog = new Watchdog();
  readonly #context: ServiceContext;
  #control: Server | null = null;
  #announced = false;
  #closing: Promise<void> | null = null;

  private constructor(
    context: ServiceContext,
    wanted: readonly ServiceName[],
    restart: boolean,
    report: StackReport,
  ) {
    this.#context = context;
    this.#services = new Map(
      wanted.map((name) => [
        name,
        new ManagedService({
          service: services[name],
          context,
          watchdog: this.#watchdog,
          report,
          changed: () => this.#register(),
          ...(restart ? { revive: () => this.#revive(name) } : {}),
        }),
      ]),
    );
  }

  /**
   * Starts the servers side by side and returns when all of them answer.
   *
   * @throws AlirError when a port is taken, a program is missing or a server does not start; nothing is left running
   */
  static async start(
    options: NativeStackOptions,
    report: StackReport = () => undefined,
  ): Promise<NativeStack> {
    needLinux();
    const files = new StackFiles(options.name, options.folder);
    files.makeFolders();
    const holder = takeClaim(files.supervisor);
    if (holder !== null) {
      throw new AlirError('USAGE', `The stack ${files.name} is up already (process ${holder.pid}).`);
    }
    let stack: NativeStack | null = null;
    try {
      await endLeftovers(files);
      const chosen =
        options.ports === 'free' ? { kafka: 0, mysql: 0, temporal: 0, ui: 0 } : (options.ports ?? {});
      const ports = await assignPorts(files.name, chosen, readJson<Partial<StackPorts>>(files.ports) ?? {});
      writeJson(files.ports, ports);
      const wanted = options.services ?? serviceNames;
      stack = new NativeStack(
        { files, ports, secrets: stackSecrets(files) },
        wanted,
        options.restart ?? false,
        report,
      );
      await stack.#startAll(options.signal);
      await stack.#listen();
      return stack;
    } catch (error) {
      await stack?.close();
      releaseClaim(files.supervisor);
      throw error;
    }
  }

  get files(): StackFiles {
    return this.#context.files;
  }

  get ports(): StackPorts {
    return this.#context.ports;
  }

  /** Passwords of the MySQL users root, alir and maxwell. */
  get secrets(): StackSecrets {
    return this.#context.secrets;
  }

  get description(): StackDescription {
    return describeStack(this.files.name, this.ports, this.secrets, this.pid('maxwell') !== null);
  }

  /** Process id of a server, or null while it does not run. */
  pid(service: ServiceName): number | null {
    return this.#services.get(service)?.pid ?? null;
  }

  /** Starts a server that was stopped or killed, on the same port and with its data; returns when it answers. */
  async start(service: ServiceName): Promise<void> {
    const managed = this.#managed(service);
    managed.forgetDeaths();
    await managed.start();
  }

  /** Ends a server in order; it stays down until it is started. */
  async stop(service: ServiceName): Promise<void> {
    await this.#managed(service).stop();
  }

  /** Ends a server as a crash would; it stays down until it is started. */
  async kill(service: ServiceName): Promise<void> {
    await this.#managed(service).kill();
  }

  /**
   * Starts every server that is down, those first that others need. One that is being started again after a death is
   * waited for.
   *
   * @throws AlirError SERVER_FAILED naming each server that did not start, and why; the others are started
   */
  async startMissing(): Promise<void> {
    const failures: string[] = [];
    const started = new Map<ServiceName, Promise<void>>();
    const watched = [...this.#services.values()].filter(({ pid }) => pid === null);
    const deaths = new Map(watched.map((managed) => [managed, managed.deaths]));
    for (const [name, managed] of this.#services) {
      managed.forgetDeaths();
      const needed = Promise.all(managed.service.needs.map((need) => started.get(need) ?? Promise.resolve()));
      started.set(
        name,
        managed.start(needed).catch((error: unknown) => void failures.push(`${name}: ${messageOf(error)}`)),
      );
    }
    await Promise.all(started.values());
    // Maxwell may answer for a moment before it ends at what it cannot read.
    if (watched.length > 0) await new Promise((resolve) => setTimeout(resolve, settleMs));
    for (const managed of watched)
      if (managed.deaths > (deaths.get(managed) ?? 0))
        failures.push(
          `${managed.service.name}: ended again; its log: ${this.files.log(managed.service.name)}`,
        );
    if (failures.length === 0) return;
    throw new AlirError(
      'SERVER_FAILED',
      `The stack ${this.files.name} did not start in full: ${failures.join('; ')}`,
      {
        remedy: failures.some((failure) => failure.startsWith('maxwell:')) ? maxwellRemedy : '',
      },
    );
  }

  /** Ends all servers in order. Data and logs stay. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #listen(): Promise<void> {
    this.#control = await serveControl(this.files.folder, (request, report) => this.#fulfil(request, report));
  }

  async #fulfil(request: ControlRequest, report: StackReport): Promise<void> {
    if (request.do === 'stop') await this.stop(request.service);
    else if (request.do === 'start') await this.start(request.service);
    else await this.startMissing();
    for (const [service, { pid }] of this.#services)
      report({
        service,
        phase: pid === null ? 'stopped' : 'ready',
        text: pid === null ? 'not running' : 'running',
      });
  }

  async #close(): Promise<void> {
    this.#control?.close();
    // Those first that write to the others: Maxwell stores its position in MySQL when it ends.
    await this.#stop('maxwell');
    await Promise.all([this.#stop('kafka'), this.#stop('mysql'), this.#stop('temporal')]);
    this.#watchdog.close();
    this.files.forgetRun();
    releaseClaim(this.files.supervisor);
  }

  async #startAll(signal?: AbortSignal): Promise<void> {
    const aborted = new Promise<never>((_, reject) => {
      const stop = () =>
        reject(new AlirError('SERVER_FAILED', `The start of the stack ${this.files.name} was interrupted.`));
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop, { once: true });
    });
    const started = new Map<ServiceName, Promise<void>>();
    for (const [name, managed] of this.#services) {
      const needed = managed.service.startsAfter.map((need) => started.get(need) ?? Promise.resolve());
      started.set(name, managed.start(Promise.all(needed)));
    }
    await Promise.race([Promise.all(started.values()), aborted]);
    this.#announced = true;
    this.#register();
  }

  async #revive(name: ServiceName): Promise<void> {
    for (const need of services[name].needs) await this.#answers(need);
    if (!this.#closing) await this.#managed(name).startAgain();
  }

  /** Waits for a server that another one needs; it may be restarting, or stopped for a while on purpose. */
  async #answers(name: ServiceName): Promise<void> {
    while (this.#services.has(name) && !this.#closing) {
      if (this.pid(name) !== null && (await succeeds(services[name].probe(this.#context)))) return;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  /** Keeps on disk which processes run: for `alir stack status`, and for whoever cleans up after a crash. */
  #register(): void {
    if (this.#closing) return;
    const servers: RegisteredServer[] = [];
    for (const [service, managed] of this.#services) {
      const identity = managed.pid === null ? null : identify(managed.pid);
      if (identity) servers.push({ service, ...identity });
    }
    writeJson(this.files.servers, servers);
    if (this.#announced) writeJson(this.files.description, this.description);
  }

  async #stop(name: ServiceName): Promise<void> {
    await this.#services.get(name)?.stop();
  }

  #managed(name: ServiceName): ManagedService {
    const managed = this.#services.get(name);
    if (!managed) throw new AlirError('USAGE', `The stack ${this.files.name} was started without ${name}.`);
    return managed;
  }
}

const settleMs = 5_000;

const maxwellRemedy =
  'If Maxwell stops at a statement that it cannot read (its log names it), run: alir maxwell recover. Otherwise read its log.';

async function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
