import { fastify } from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AlirError } from '../../../src/errors/alir-error.ts';
import type { ErrorCode } from '../../../src/errors/catalogue.ts';
import { registerApi } from '../../../src/http/api/register.ts';
import type { Api, BackfillApi } from '../../../src/http/api/types.ts';
import { createLogger } from '../../../src/observability/logger.ts';

const token = 'a-token-of-the-tests';
const started = { id: 'b1', state: 'running', workflowId: 'backfill/b1', webUi: 'http://ui/b1' } as const;

interface Ask {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly url?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly serverToken?: string | undefined;
}

/** Asks a server whose backfills are `fakes`; returns the answer, and what the fakes were asked. */
async function ask(fakes: Partial<BackfillApi>, options: Ask = {}) {
  const calls: unknown[][] = [];
  const recording = new Proxy(fakes, {
    get:
      (target, name) =>
      (...args: unknown[]) => {
        calls.push([name, ...args]);
        const fake = target[name as keyof BackfillApi] as ((...args: unknown[]) => unknown) | undefined;
        if (fake === undefined)
          return Promise.reject(new Error(`secret row: ${String(name)} was not expected`));
        return fake(...args);
      },
  }) as BackfillApi;
  const server = fastify();
  onTestFinished(() => server.close());
  registerApi(server, {
    api: { backfills: recording, letters: recording, redrives: recording } as unknown as Api,
    token: 'serverToken' in options ? options.serverToken : token,
    logger: createLogger('silent'),
  });
  const { method = 'POST', url = '/v1/backfills', body, headers = {} } = options;
  const answer = await server.inject({
    method,
    url,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.statusCode, headers: answer.headers, json: answer.json<object>(), calls };
}

const throwing = (code: ErrorCode) => () => Promise.reject(new AlirError(code, `It is ${code}.`));

test('a backfill is started with the defaults of the command line, and Location tells where it is', async () => {
  const body = { pipeline: 'cdc', table: 'items', fromOffset: 0, maxRowsPerSecond: 100 };
  const { status, headers, json, calls } = await ask({ start: () => Promise.resolve(started) }, { body });
  expect(status).toBe(201);
  expect(headers.location).toBe('/v1/backfills/b1');
  expect(json).toEqual(started);
  const defaults = { rewrite: true, sink: 'table', dryRun: false, allowDeletes: false };
  expect(calls).toEqual([['start', { ...body, ...defaults }]]);
});

test('a plan is asked for, and nothing else', async () => {
  const { status, json, calls } = await ask(
    { plan: () => Promise.resolve({ rows: 3 }) },
    { url: '/v1/backfill-plans', body: { pipeline: 'orders', since: '2h' } },
  );
  expect([status, json]).toEqual([200, { rows: 3 }]);
  expect(calls).toEqual([['plan', { pipeline: 'orders', since: '2h' }]]);
});

test('backfills are listed, and one is shown', async () => {
  const list = await ask(
    { list: () => Promise.resolve([{ id: 'b1' }]) },
    { method: 'GET', url: '/v1/backfills?open=true&limit=2' },
  );
  expect([list.status, list.json]).toEqual([200, { backfills: [{ id: 'b1' }] }]);
  expect(list.calls).toEqual([['list', { open: true, limit: 2 }]]);
  const one = await ask({ get: (id) => Promise.resolve({ id }) }, { method: 'GET', url: '/v1/backfills/b1' });
  expect([one.status, one.json]).toEqual([200, { id: 'b1' }]);
});

test.each(['pause', 'resume', 'cancel'])('%s is passed on', async (order) => {
  const url = `/v1/backfills/b1/${order}`;
  const { status, json, calls } = await ask({ tell: () => Promise.resolve() }, { url });
  expect([status, json, calls]).toEqual([202, { id: 'b1', asked: order }, [['tell', 'b1', order]]]);
});

test('an empty body is none, even where the caller says that it is JSON', async () => {
  const headers = { 'content-type': 'application/json' };
  const url = '/v1/backfills/b1/pause';
  expect((await ask({ tell: () => Promise.resolve() }, { url, headers })).status).toBe(202);
  expect((await ask({ tell: () => Promise.resolve() }, { url, body: {} })).status).toBe(202);
});

test.each([1000, null])('the rate %s is passed on', async (maxRowsPerSecond) => {
  const { status, calls } = await ask(
    { setRate: () => Promise.resolve() },
    { url: '/v1/backfills/b1/rate', body: { maxRowsPerSecond } },
  );
  expect([status, calls]).toEqual([202, [['setRate', 'b1', maxRowsPerSecond]]]);
});

test.each<[string, Ask, string]>([
  ['an unknown property', { body: { pipeline: 'cdc', tabel: 'x' } }, 'There is no property tabel.'],
  ['a wrong type', { body: { pipeline: 'cdc', fromOffset: '7' } }, 'fromOffset'],
  ['a missing property', { body: {} }, 'pipeline'],
  ['no body', {}, 'pipeline'],
  ['a list', { body: [] }, 'expected object'],
  ['broken JSON', { body: '{"secret": ' }, 'JSON'],
  ['a polluted object', { body: '{"pipeline":"cdc","__proto__":{"a":1}}' }, 'JSON'],
  ['a flag in the query', { url: '/v1/backfills?dryRun=true', body: { pipeline: 'cdc' } }, 'dryRun'],
  ['an unknown query', { method: 'GET', url: '/v1/backfills?opne=1' }, 'opne'],
  ['a rate of nothing', { url: '/v1/backfills/b1/rate', body: {} }, 'maxRowsPerSecond'],
  ['a rate of zero', { url: '/v1/backfills/b1/rate', body: { maxRowsPerSecond: 0 } }, 'maxRowsPerSecond'],
])('%s is refused by name, and nothing is done', async (_what, options, named) => {
  const { status, headers, json, calls } = await ask({}, options);
  expect(json).toMatchObject({ status: 400, title: 'Bad Request', code: 'USAGE', type: 'about:blank' });
  expect((json as { detail: string }).detail).toContain(named);
  expect(JSON.stringify(json)).not.toContain('secret');
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  expect([status, calls]).toEqual([400, []]);
});

test.each<[ErrorCode, number]>([
  ['USAGE', 400],
  ['BACKFILL_MISSING', 404],
  ['BACKFILL_OVERLAPS', 409],
  ['BACKFILL_ENDED', 409],
  ['RANGE_GONE', 409],
  ['MYSQL_UNAVAILABLE', 503],
  ['KAFKA_UNAVAILABLE', 503],
  ['TEMPORAL_UNAVAILABLE', 503],
  ['SCHEMA_NOT_MIGRATED', 503],
  ['UNEXPECTED', 500],
])('%s is answered with %i', async (code, status) => {
  const answer = await ask({ tell: throwing(code) }, { url: '/v1/backfills/b1/pause' });
  expect(answer.status).toBe(status);
  expect(answer.json).toMatchObject({ status, code, detail: `It is ${code}.` });
  expect((answer.json as { remedy: string }).remedy).not.toBe('');
});

test('of an error that is not of Alir a caller learns no text', async () => {
  const { status, json } = await ask({}, { method: 'GET', url: '/v1/backfills/b1' });
  expect([status, JSON.stringify(json)]).toEqual([500, expect.not.stringContaining('secret row')]);
});

test.each([
  ['none', ''],
  ['another', 'Bearer another-token-of-16'],
  ['a longer one', `Bearer ${token}x`],
  ['a name and password', `Basic ${token}`],
])('with %s in place of the token nothing is done', async (_what, authorization) => {
  const { status, headers, json, calls } = await ask({}, { headers: { authorization }, body: '{"broken' });
  expect([status, calls]).toEqual([401, []]);
  expect(headers['www-authenticate']).toBe('Bearer');
  expect(json).toMatchObject({ code: 'HTTP_TOKEN_WRONG' });
  expect(JSON.stringify(json)).not.toContain(token);
});

test('without HTTP_TOKEN the API is closed, and says how to open it', async () => {
  const { status, json, calls } = await ask({}, { serverToken: undefined, body: { pipeline: 'cdc' } });
  expect([status, calls]).toEqual([403, []]);
  expect(json).toMatchObject({
    code: 'HTTP_TOKEN_UNSET',
    remedy: expect.stringContaining('Set HTTP_TOKEN') as string,
  });
});

test('a body that is too large, and one that is no JSON', async () => {
  const large = await ask({}, { body: { pipeline: 'x'.repeat(70_000) } });
  expect([large.status, large.calls]).toEqual([413, []]);
  const form = await ask({}, { body: 'pipeline=cdc', headers: { 'content-type': 'text/plain' } });
  expect([form.status, form.calls]).toEqual([415, []]);
  expect(form.json).toMatchObject({ code: 'USAGE' });
});

test('a route that does not exist is a problem, too', async () => {
  const { status, json } = await ask({}, { method: 'DELETE', url: '/v1/backfills/b1' });
  expect([status, json]).toEqual([404, expect.objectContaining({ code: 'USAGE', status: 404 })]);
});

describe('dead letters and redrives', () => {
  const id = '7';
  const letters = {
    find: () => Promise.resolve({ groups: [], letters: [] }),
    get: () => Promise.resolve({ id }),
    edit: () => Promise.resolve({ id, edited: 'total', outcome: 'upsert' }),
    discard: () => Promise.resolve(3),
    tell: () => Promise.resolve(),
  } as unknown as Partial<BackfillApi>;

  test('a query has numbers, and the defaults of the command line', async () => {
    const url = '/v1/dead-letters?pipeline=orders&partition=2&limit=5&status=all';
    const { status, calls } = await ask(letters, { method: 'GET', url });
    expect(status).toBe(200);
    expect(calls).toEqual([['find', { pipeline: 'orders', partition: 2, limit: 5, status: 'all' }]]);
  });

  test('a correction needs a name, and either the value or what to set', async () => {
    const url = '/v1/dead-letters/7/edit';
    const right = await ask(letters, { url, body: { set: { total: '12.50' }, by: 'ani' } });
    expect([right.status, right.json]).toEqual([200, { id, edited: 'total', outcome: 'upsert' }]);
    for (const body of [{ set: { total: '1' } }, { by: 'ani' }, { value: '{}', set: {}, by: 'ani' }]) {
      const { status, calls } = await ask(letters, { url, body });
      expect([status, calls]).toEqual([400, []]);
    }
  });

  test('a discard needs a reason and a name', async () => {
    const url = '/v1/dead-letters/discard';
    const body = { ids: ['1', '2', '3'], reason: 'test orders', by: 'ani' };
    expect(await ask(letters, { url, body })).toMatchObject({ status: 200, json: { discarded: 3 } });
    expect((await ask(letters, { url, body: { ids: ['1'], by: 'ani' } })).status).toBe(400);
    expect((await ask(letters, { url, body: { ...body, ids: ['1 OR 1'] } })).status).toBe(400);
  });

  test('a redrive is started, or there is nothing to do', async () => {
    const url = '/v1/redrives';
    const body = { pipeline: 'orders', code: 'ORDER_INVALID' };
    const start = () => Promise.resolve({ ...started, id: 'r1', letters: 4 });
    const { status, headers, calls } = await ask({ start }, { url, body });
    expect([status, headers.location]).toEqual([201, '/v1/redrives/r1']);
    expect(calls).toEqual([['start', { ...body, includeQuarantined: false, sink: 'both', dryRun: false }]]);
    const none = { start: () => Promise.resolve(null) } as unknown as Partial<BackfillApi>;
    expect(await ask(none, { url, body })).toMatchObject({ status: 200, json: { letters: 0 } });
    expect((await ask(letters, { url: '/v1/redrives/r1/pause' })).status).toBe(202);
  });

  test.each<[ErrorCode, number]>([
    ['LETTER_MISSING', 404],
    ['LETTER_CLOSED', 409],
    ['LETTER_INVALID', 409],
  ])('%s is %d', async (code, expected) => {
    const edit = throwing(code);
    const asked = { url: '/v1/dead-letters/7/edit', body: { value: '{}', by: 'ani' } };
    const { status, json } = await ask({ edit } as unknown as Partial<BackfillApi>, asked);
    expect([status, json]).toMatchObject([expected, { code }]);
  });
});
