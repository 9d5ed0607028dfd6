import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BatchCounts } from '../../../src/pipelines/counts.ts';
import { startAlir, type AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import { runCli } from '../../support/run-cli.ts';

const token = 'integration-4f1c9a7e0b';
const rows = 6_000;
let place: CdcPlace;
let alir: AlirChild;
let api: AlirChild;

beforeAll(async () => {
  place = await startCdcPlace({ settings: { HTTP_TOKEN: token } });
  alir = await place.run();
  api = await startAlir('serve', place.environment);
  await place.inSource(
    'CREATE TABLE items (id INT PRIMARY KEY, name VARCHAR(40))',
    'CREATE TABLE seed (i INT PRIMARY KEY)',
    'INSERT INTO seed VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)',
  );
  await place.caughtUp();
  // Only what comes after the first load is in the topic.
  for (let first = 0; first < rows; first += 1000) {
    await place.inSource(
      `INSERT INTO items SELECT ${first} + a.i * 100 + b.i * 10 + c.i, CONCAT('item ', a.i, b.i, c.i) ` +
        'FROM seed a, seed b, seed c',
    );
  }
  await place.caughtUp();
});
afterAll(async () => {
  await api?.end();
  await alir?.end();
  await place?.close();
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${api.output.slice(-3000)}\n${alir.output.slice(-3000)}\n`));
});

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly counts: BatchCounts | null;
  readonly offsets: number;
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly code?: string;
  readonly detail?: string;
}

const everything = { pipeline: 'cdc', table: 'items' };

/** Asks `alir serve`, or another process that serves the API. */
async function ask(path: string, body?: object, process = api) {
  const url = /"url":"(http:[^"]+)"/.exec(process.output)?.[1] ?? '';
  const answer = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, json: (await answer.json()) as Shown };
}

async function untilState(location: string, state: string): Promise<Shown> {
  for (let looks = 0; looks < 600; looks += 1) {
    const { json } = await ask(location);
    if (json.state === state) return json;
    if (json.state === 'failed' || json.state === 'completed') break;
    await delay(100);
  }
  throw new Error(`${location} is not ${state}`);
}

async function untilStatus(path: string, status: number) {
  for (let looks = 0; looks < 100; looks += 1) {
    const answer = await ask(path);
    if (answer.status === status) return answer;
    await delay(200);
  }
  throw new Error(`${path} is not answered with ${status}`);
}

test('a replay that was posted restores the replica, and says how far it is', async () => {
  await place.inReplica('UPDATE items SET name = NULL WHERE id < 2000');
  const { json: planned } = await ask('/v1/backfill-plans', everything);
  expect(planned).toMatchObject({ via: 'kafka', targets: ['app_olap.items'] });

  const started = await ask('/v1/backfills', everything);
  expect([started.status, started.json.state]).toEqual([201, 'running']);
  const location = started.headers.get('location') ?? '';
  expect(location).toBe(`/v1/backfills/${started.json.id}`);

  const ended = await untilState(location, 'completed');
  expect(ended.counts).toMatchObject({ rows: ended.offsets, updated: 2_000, deadLettered: 0 });
  expect(await place.differences('items')).toEqual([]);
  const { json: list } = await ask('/v1/backfills?limit=1', undefined, alir);
  expect(list).toMatchObject({ backfills: [{ id: ended.id, state: 'completed' }] });
});

test('paused, resumed, made faster', async () => {
  await place.inReplica("UPDATE items SET name = 'wrong'");
  const { headers } = await ask('/v1/backfills', { ...everything, maxRowsPerSecond: 100 });
  const location = headers.get('location') ?? '';
  expect((await ask(`${location}/pause`, {})).status).toBe(202);
  const paused = await untilState(location, 'paused');
  expect(paused.progress?.total).toBe(paused.offsets);
  expect((await ask(`${location}/rate`, { maxRowsPerSecond: null })).status).toBe(202);
  expect((await ask(`${location}/resume`, {})).status).toBe(202);
  await untilState(location, 'completed');
  expect(await place.differences('items')).toEqual([]);
});

test('one that overlaps is refused, and one that is cancelled takes no order any more', async () => {
  const { json, headers } = await ask('/v1/backfills', { ...everything, maxRowsPerSecond: 100 });
  const location = headers.get('location') ?? '';
  const second = await ask('/v1/backfills', everything);
  expect([second.status, second.json.code]).toEqual([409, 'BACKFILL_OVERLAPS']);
  expect(second.json.detail).toContain(json.id);
  expect((await ask(`${location}/cancel`, {})).status).toBe(202);
  await untilState(location, 'cancelled');
  const late = await ask(`${location}/pause`, {});
  expect([late.status, late.json.code]).toEqual([409, 'BACKFILL_ENDED']);
});

test('wrong requests are answered in the words of the API', async () => {
  const missing = await ask('/v1/backfills/no-such-id');
  expect([missing.status, missing.json.code]).toEqual([404, 'BACKFILL_MISSING']);
  const turned = await ask('/v1/backfills', { ...everything, fromOffset: 9, toOffset: 3 });
  expect([turned.status, turned.json.detail]).toEqual([400, 'fromOffset 9 comes after toOffset 3.']);
});

test('an outage is answered with 503, and ends by itself', async () => {
  await place.stack.kill('mysql');
  const away = await ask('/v1/backfills');
  expect([away.status, away.json.code]).toEqual([503, 'MYSQL_UNAVAILABLE']);
  await place.stack.start('mysql');
  expect((await untilStatus('/v1/backfills', 200)).status).toBe(200);

  await place.stack.kill('temporal');
  const lost = await ask('/v1/backfills', everything);
  expect([lost.status, lost.json.code]).toEqual([503, 'TEMPORAL_UNAVAILABLE']);
  await place.stack.start('temporal');
  // The first request may have arrived: its backfill stays in the way until Temporal says that it does not know it.
  const { json } = await untilStatus('/v1/backfills?open=true', 200);
  const again = await ask('/v1/backfills', everything);
  expect(again.json.code).toBe('BACKFILL_OVERLAPS');
  expect(json).toMatchObject({ backfills: [{ state: 'running' }] });
});

test('the token is in no log and in no table of settings', async () => {
  const settings = await runCli(['config'], { environment: place.environment });
  expect(settings.stdout).toContain('HTTP_TOKEN');
  for (const text of [settings.stdout, settings.stderr, api.output, alir.output])
    expect(text).not.toContain(token);
});
