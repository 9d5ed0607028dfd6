import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { openApiDocument } from '../../../src/http/api/openapi.ts';
import { registerApi } from '../../../src/http/api/register.ts';
import { routes } from '../../../src/http/api/routes.ts';
import { runRequest } from '../../../src/backfill/request.ts';
import type { Api } from '../../../src/http/api/types.ts';
import { createLogger } from '../../../src/observability/logger.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
  readonly responses: Record<string, { readonly description: string; readonly content: object }>;
}
interface Schema {
  readonly properties: Record<string, object>;
  readonly required: readonly string[];
  readonly additionalProperties: boolean;
}

const document = openApiDocument();
const paths = document['paths'] as Record<string, Record<string, Operation>>;
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

test('it is served to anyone, whether or not a token is set', async () => {
  const server = fastify();
  onTestFinished(() => server.close());
  registerApi(server, {
    api: {} as Api,
    token: undefined,
    logger: createLogger('silent'),
  });
  const answer = await server.inject('/openapi.json');
  expect([answer.statusCode, answer.json()]).toEqual([200, document]);
});

test('it has every route, each with a name of its own', () => {
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Alir' }, security: [{ bearer: [] }] });
  expect(operations).toHaveLength(routes.length);
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(routes.length);
});

test.each(operations)('$method $path is complete', ({ path, operation }) => {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const declared = operation.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
  expect(declared.map(({ name }) => name)).toEqual(inPath);
  expect(declared.every(({ required }) => required === true)).toBe(true);
  expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '401', '403', '503']));
  for (const [status, { description, content }] of Object.entries(operation.responses)) {
    expect(description, status).toMatch(/^[A-Z].+\.$/);
    expect(Object.keys(content)).toEqual([
      Number(status) < 400 ? 'application/json' : 'application/problem+json',
    ]);
  }
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
    ([, path = '']) => path,
  );
  expect(references.length).toBeGreaterThan(0);
  for (const path of new Set(references)) {
    const found = path
      .split('/')
      .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
    expect(found, path).toBeDefined();
  }
});

test('a request has the properties that are accepted, and what may be left out is not required', () => {
  const schema = paths['/v1/backfills']?.['post']?.requestBody?.content['application/json']?.schema;
  expect(Object.keys(schema?.properties ?? {})).toEqual(Object.keys(runRequest.shape));
  expect(schema).toMatchObject({ required: ['pipeline'], additionalProperties: false });
});

test('a query has types, not texts', () => {
  const query = paths['/v1/backfills']?.['get']?.parameters;
  expect(query).toMatchObject([
    { name: 'open', in: 'query', schema: { type: 'boolean' } },
    { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 500 } },
  ]);
});
