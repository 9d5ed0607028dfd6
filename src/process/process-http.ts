import type { Client } from '@temporalio/client';
import { TemporalAway } from '../../temporal/client/connection.ts';
import type { Config } from '../config/load-config.ts';
import type { Database } from '../mysql/connection.ts';
import { startHttp, type HttpServer } from '../http/server.ts';
import type { Brokers } from '../kafka/brokers.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { readinessGauges } from './metrics/readiness-gauges.ts';
import { readyChecks } from './ready-checks.ts';

interface Parts {
  readonly config: Config;
  readonly options: { readonly consume: boolean; readonly work: boolean; readonly api: boolean };
  readonly logger: Logger;
  readonly database: Database;
  readonly brokers: Brokers;
  readonly metrics: Metrics;
}

/** What a process serves by HTTP from the moment it runs or waits, whichever of its servers answers by then. */
export class ProcessHttp {
  readonly #parts: Parts;
  #server: Promise<HttpServer> | undefined;
  /** Set when Temporal has answered. */
  client: Client | null = null;
  /** Whether all its parts run. */
  hasStarted = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Listens; called again it does nothing. @throws AlirError PORT_TAKEN, CONFIG_INVALID */
  serve(): Promise<HttpServer> {
    return (this.#server ??= this.#listen());
  }

  async stop(): Promise<void> {
    const server = await this.#server?.catch(() => undefined); // why it could not listen has been thrown
    await server?.stop();
  }

  async #listen(): Promise<HttpServer> {
    const { config, options, logger, database, brokers, metrics } = this.#parts;
    const temporal = (): Promise<Client> =>
      this.client === null ? Promise.reject(new TemporalAway(config)) : Promise.resolve(this.client);
    const checks = readyChecks(config, { brokers, temporal, database });
    metrics.sample(readinessGauges(checks));
    const api = options.api
      ? (await import('./http-api.ts')).createHttpApi({ config, database, brokers, temporal })
      : undefined;
    return startHttp(config, {
      metrics,
      checks,
      hasStarted: () => this.hasStarted,
      logger,
      needsPort: !options.consume && !options.work,
      ...(api ? { api } : {}),
    });
  }
}
