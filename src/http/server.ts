import { fastify } from 'fastify';
import type { Config } from '../config/load-config.ts';
import { AlirError } from '../errors/alir-error.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Api } from './api/types.ts';
import { readReadiness, type ReadyChecks } from './readiness.ts';

export interface HttpServer {
  /** `http://host:port` */
  readonly url: string;
  stop(): Promise<void>;
}

export interface HttpParts {
  readonly metrics: Metrics;
  readonly checks: ReadyChecks;
  /** Whether the process has begun with what it is for; before, it waits for its servers. */
  readonly hasStarted: () => boolean;
  readonly logger: Logger;
  /** Absent: this process serves no API. */
  readonly api?: Api;
  /** Whether a port that is taken ends the start even where nobody has chosen it. */
  readonly needsPort?: boolean;
}

/**
 * Serves `/metrics`, `/healthz`, `/startupz` and `/readyz`, and the API where there is one. A port that was asked for
 * must be free; where nobody has chosen one, another one is taken, since `alir worker` and `alir consume` may run side by side.
 *
 * @throws AlirError PORT_TAKEN, CONFIG_INVALID (the host is not one of this machine)
 */
export async function startHttp(config: Config, parts: HttpParts): Promise<HttpServer> {
  const { HTTP_HOST: host, HTTP_PORT: port } = config.settings;
  const isChosen = parts.needsPort === true || config.origins.HTTP_PORT !== 'default';
  try {
    return await listen(config, port, parts);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' && !isChosen) {
      parts.logger.warn({ port }, 'another program holds the port of metrics and health: taking a free one');
      return listen(config, 0, parts);
    }
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      const why = code === 'EACCES' ? 'may not be opened by this user' : 'is held by another program';
      throw new AlirError('PORT_TAKEN', `Port ${port} for metrics and health ${why}.`, {
        cause: error,
        remedy: 'Stop that program, or set HTTP_PORT to another port (0 takes any free one).',
      });
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new AlirError('CONFIG_INVALID', `HTTP_HOST: ${host} is not an address of this machine.`);
    throw error;
  }
}

async function listen(config: Config, port: number, parts: HttpParts): Promise<HttpServer> {
  const { metrics, checks, hasStarted, logger, api } = parts;
  const server = fastify({ forceCloseConnections: true }); // a scraper's idle connection must not hold up the end
  server.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
  server.get('/healthz', () => ({ status: 'ok' }));
  // Like /readyz it says no while the process waits for its servers; once it has started it says yes through outages.
  server.get('/startupz', async (_request, reply) =>
    hasStarted() ? { status: 'ok' } : reply.code(503).send({ status: 'waiting for servers' }),
  );
  server.get('/readyz', async (_request, reply) => {
    const readiness = await readReadiness(checks);
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  if (api !== undefined) {
    const { registerApi } = await import('./api/register.ts'); // not for a process that serves no API
    registerApi(server, { api, token: config.settings.HTTP_TOKEN, logger });
  }
  const url = await server.listen({ host: config.settings.HTTP_HOST, port });
  logger.info(
    { url },
    `serving /metrics, /healthz, /startupz and /readyz${api ? ', /v1 and /openapi.json' : ''}`,
  );
  return { url, stop: () => server.close() };
}
