import type { FastifyInstance } from 'fastify';
import { parseRequest } from '../../errors/parse-request.ts';
import type { Logger } from '../../observability/logger.ts';
import { bearerCheck } from './bearer.ts';
import { openApiDocument } from './openapi.ts';
import { noSuchRoute, problemOf, problemType } from './problem.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';
import { noProperties } from './schemas.ts';
import type { Api } from './types.ts';

export interface ApiParts {
  readonly api: Api;
  /** HTTP_TOKEN. */
  readonly token: string | undefined;
  readonly logger: Logger;
}

const usualBodyLimit = 65_536;

/** Adds `/openapi.json` and the routes below `/v1`. */
export function registerApi(server: FastifyInstance, parts: ApiParts): void {
  server.get('/openapi.json', () => openApiDocument());
  server.register(
    (scope, _options, done) => {
      addProblems(scope, parts.logger);
      const check = bearerCheck(parts.token);
      scope.addHook('onRequest', (request, _reply, next) => {
        check(request.headers.authorization);
        next();
      });
      addJsonParser(scope);
      for (const route of routes) addRoute(scope, route, parts);
      done();
    },
    { prefix: '/v1' },
  );
}

function addRoute(scope: FastifyInstance, route: Route, { api, logger }: ApiParts): void {
  scope.route<{ Params: { id?: string } }>({
    method: route.method,
    url: route.path,
    bodyLimit: route.bodyLimit ?? usualBodyLimit,
    async handler(request, reply) {
      const isGet = route.method === 'GET';
      // A flag that is put into the query of a POST would be lost in silence, and dryRun is one of them.
      if (!isGet) parseRequest(noProperties, request.query);
      const input = parseRequest(route.input, (isGet ? request.query : request.body) ?? {});
      const { id = '' } = request.params;
      const { body, location, isIdle } = await route.handle(api, id, input);
      if (!isGet) logger.info({ route: route.name, id: id || undefined, location }, 'asked over HTTP');
      if (location !== undefined) reply.header('location', location);
      const { status } = (isIdle ? route.idle : undefined) ?? route.answer;
      return reply.code(status).send(body);
    },
  });
}

/** As fastify's own, but an empty body is none: callers say that they send JSON even where there is nothing to say. */
function addJsonParser(scope: FastifyInstance): void {
  const json = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void json(request, body as string, done);
  });
}

function addProblems(scope: FastifyInstance, logger: Logger): void {
  scope.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    const { status, code, detail } = problem;
    const route = request.routeOptions.url;
    if (status === 503) logger.warn({ code, reason: detail, route }, 'a request was refused');
    else if (status >= 500) logger.error({ err: error, route }, 'a request failed');
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(status).type(problemType).send(problem);
  });
  scope.setNotFoundHandler((request, reply) =>
    reply.code(404).type(problemType).send(noSuchRoute(request.method)),
  );
}
