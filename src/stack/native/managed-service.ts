import type { StackReport } from '../engine.ts';
import { ServerProcess } from './server-process.ts';
import type { Service, ServiceContext } from './services/service.ts';
import type { Watchdog } from './watchdog.ts';

/** How often a server that dies by itself is started again before it is left alone. */
const restartLimit = { times: 5, withinMs: 10 * 60_000 };

export interface ManagedOptions {
  readonly service: Service;
  readonly context: ServiceContext;
  readonly watchdog: Watchdog;
  readonly report: StackReport;
  /** Called whenever the process comes or goes. */
  readonly changed: () => void;
  /** Starts it again when it dies; absent: it stays dead. */
  readonly revive?: () => Promise<void>;
}

/** One server of a stack over its restarts. */
export class ManagedService {
  readonly #options: ManagedOptions;
  #process: ServerProcess | null = null;
  /** False while its end is wanted, so that nobody starts it again. */
  #wanted = false;
  #deaths: number[] = [];

  constructor(options: ManagedOptions) {
    this.#options = options;
  }

  get service(): Service {
    return this.#options.service;
  }

  get pid(): number | null {
    return this.#process && !this.#process.exit ? this.#process.pid : null;
  }

  /**
   * Starts the server and returns when it answers. Does nothing when it runs.
   *
   * @param needed settles when the servers that this one needs answer; its program is fetched meanwhile
   */
  async start(needed: Promise<unknown> = Promise.resolve()): Promise<void> {
    const { service, context, watchdog, report, changed } = this.#options;
    if (this.pid !== null) return;
    this.#wanted = true;
    const tell = (text: string) => report({ service: service.name, phase: 'working', text });
    const [command] = await Promise.all([service.prepare(context, tell), needed]);
    if (!this.#wanted) return;
    tell('starting');
    const began = Date.now();
    const server = new ServerProcess(service.name, command, context.files.log(service.name), watchdog);
    this.#process = server;
    changed();
    try {
      await server.waitUntilReady(() => service.probe(context), service.readySeconds);
      await service.furnish?.(context);
    } catch (error) {
      await server.stop(0);
      changed();
      throw error;
    }
    void server.ended.then(() => this.#died(server));
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    report({
      service: service.name,
      phase: 'ready',
      text: `${service.address(context.ports)} (${seconds} s)`,
    });
  }

  /** Ends the server in order; its data stays. */
  async stop(): Promise<void> {
    this.#wanted = false;
    if (this.pid === null) return;
    await this.service.beforeStop?.(this.#options.context).catch(() => undefined);
    await this.#process?.stop(this.service.graceSeconds);
    this.#options.changed();
    this.#options.report({ service: this.service.name, phase: 'stopped', text: 'stopped' });
  }

  /** Ends the server as a crash would (SIGKILL). */
  async kill(): Promise<void> {
    this.#wanted = false;
    await this.#process?.stop(0);
    this.#options.changed();
  }

  async #died(server: ServerProcess): Promise<void> {
    this.#options.changed();
    if (!this.#wanted || !this.#options.revive || this.#process !== server) return;
    const now = Date.now();
    this.#deaths = [...this.#deaths.filter((time) => now - time < restartLimit.withinMs), now];
    const { name } = this.service;
    if (this.#deaths.length > restartLimit.times) {
      const text = `${server.failure().message}; it died ${restartLimit.times} times and is not started again`;
      this.#options.report({ service: name, phase: 'failed', text });
      return;
    }
    this.#options.report({
      service: name,
      phase: 'working',
      text: `${server.failure().message}; starting it again`,
    });
    await new Promise((resolve) => setTimeout(resolve, 1000 * this.#deaths.length));
    await this.#options.revive();
  }
}
