import { messageOf } from '../../../errors/alir-error.ts';
import type { StackReport } from '../engine.ts';
import { ServerProcess } from './server-process.ts';
import type { Service, ServiceContext } from './services/service.ts';
import type { Watchdog } from './watchdog.ts';

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
  #starting: Promise<void> | null = null;
  #restarts = new RestartLimit();

  constructor(options: ManagedOptions) {
    this.#options = options;
  }

  get service(): Service {
    return this.#options.service;
  }

  /** How often it has died by itself. */
  deaths = 0;

  get pid(): number | null {
    return this.#process && !this.#process.exit ? this.#process.pid : null;
  }

  /**
   * Starts the server and returns when it answers. Does nothing when it runs.
   *
   * @param needed settles when the servers that this one needs answer; its program is fetched meanwhile
   */
  start(needed: Promise<unknown> = Promise.resolve()): Promise<void> {
    this.#wanted = true;
    // One start at a time: the supervisor may be starting it again just now.
    this.#starting ??= this.#start(needed).finally(() => (this.#starting = null));
    return this.#starting;
  }

  /** Starts it again, unless somebody has stopped it meanwhile. */
  async startAgain(): Promise<void> {
    if (this.#wanted) await this.start();
  }

  /** Somebody asks for it: what it died of may be over. */
  forgetDeaths(): void {
    this.#restarts = new RestartLimit();
  }

  async #start(needed: Promise<unknown>): Promise<void> {
    const { service, context, watchdog, report, changed } = this.#options;
    if (this.pid !== null) return;
    const tell = (text: string) => report({ service: service.name, phase: 'working', text });
    const [command] = await Promise.all([service.prepare(context, tell), needed]);
    if (!this.#wanted) return;
    tell('starting');
    const began = Date.now();
    const server = new ServerProcess(service.name, command, context.files.log(service.name), watchdog);
    this.#process = server;
    changed();
    try {
      await server.waitUntilReady(async () => {
        await service.probe(context);
        await service.furnish?.(context);
      }, service.readySeconds);
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
    const { service, report, changed, revive } = this.#options;
    if (this.#wanted) this.deaths += 1;
    changed();
    let reason = server.failure().message;
    while (this.#wanted && revive && this.pid === null) {
      const pause = this.#restarts.next();
      const failed = pause === null;
      const text = failed
        ? `${reason} It has failed too often; not restarting it again`
        : `${reason} Restarting it`;
      report({ service: service.name, phase: failed ? 'failed' : 'working', text });
      if (failed) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (!this.#wanted) return;
      try {
        await revive();
        return;
      } catch (error) {
        reason = messageOf(error);
      }
    }
  }
}

/** Says how long to wait before a server that died is started again, and when it is better left alone. */
export class RestartLimit {
  #times: number[] = [];

  /** Milliseconds to wait, or null after five deaths in ten minutes. */
  next(now = Date.now()): number | null {
    this.#times = [...this.#times.filter((time) => now - time < 10 * 60_000), now];
    return this.#times.length > 5 ? null : 1000 * this.#times.length;
  }
}
