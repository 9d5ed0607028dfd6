import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z, type ZodType } from 'zod';
import { projectRoot } from '../../config/project-root.ts';
import { problemType } from './problem.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';
import { problemAnswer } from './schemas.ts';

type Json = Record<string, unknown>;

const always = [400, 401, 403, 500, 503];

const refusalTexts: Readonly<Record<number, string>> = {
  400: 'The request is wrong; the detail names the property.',
  401: 'The token is missing or wrong.',
  403: 'HTTP_TOKEN is not set.',
  404: 'What the path names does not exist.',
  409: 'Not possible as things are; the detail says why, the remedy what to do.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  500: 'A bug in Alir.',
  503: 'A server that Alir needs does not answer.',
};

/** The OpenAPI 3.1 document of the routes below /v1. */
export function openApiDocument(): Json {
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = `/v1${route.path.replace(':id', '{id}')}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Alir',
      version,
      description: 'Backfills: parts of the past, run again. Dead letters: records that could not be loaded.',
    },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: jsonSchema(problemAnswer, 'output') },
    },
  };
}

function operationOf(route: Route): Json {
  const { name, summary, answer, idle, method } = route;
  const refused = [...always, ...route.refusals, ...(method === 'POST' ? [413, 415] : [])];
  const parameters = parametersOf(route);
  return {
    operationId: name,
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...bodyOf(route),
    responses: {
      [answer.status]: answerOf(answer),
      ...(idle ? { [idle.status]: answerOf(idle) } : {}),
      ...Object.fromEntries(refused.map((status) => [status, refusalOf(status)])),
    },
  };
}

function answerOf({ status, description, schema }: Route['answer']): Json {
  return {
    description,
    ...(status === 201 ? { headers: { Location: { schema: { type: 'string' } } } } : {}),
    content: { 'application/json': { schema: jsonSchema(schema, 'output') } },
  };
}

function refusalOf(status: number): Json {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description: refusalTexts[status], content: { [problemType]: { schema } } };
}

function parametersOf({ path, method, input }: Route): Json[] {
  const inPath = path.includes(':id')
    ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }]
    : [];
  if (method !== 'GET') return inPath;
  // What a query's text becomes: the text itself has no type.
  const { properties = {} } = jsonSchema(input, 'output') as { properties?: Record<string, Json> };
  const inQuery = Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
  return [...inPath, ...inQuery];
}

function bodyOf({ method, input }: Route): Json {
  if (method !== 'POST') return {};
  const schema = jsonSchema(input, 'input');
  if (Object.keys(schema['properties'] ?? {}).length === 0) return {};
  return { requestBody: { required: true, content: { 'application/json': { schema } } } };
}

function jsonSchema(schema: ZodType, io: 'input' | 'output'): Json {
  const made: Json = { ...z.toJSONSchema(schema, { io }) };
  delete made['$schema']; // the document says it once for all
  return made;
}
