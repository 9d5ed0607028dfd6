import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAlir, type AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import {
  callOf,
  chosenBy,
  evaluate,
  fieldsOf,
  nodeOf,
  readWorkflow,
  type N8nScope,
} from '../../support/n8n-workflow.ts';

const workflow = readWorkflow('cdc-backfill.json');
const token = 'n8n-requests-5b1d7c';
/** More than a page of a replay: a slow one can be cancelled before it ends. */
const rows = 6_000;
let place: CdcPlace;
let alir: AlirChild;
let env: Record<string, string>;

beforeAll(async () => {
  place = await startCdcPlace({ settings: { HTTP_TOKEN: token } });
  alir = await startAlir('run', place.environment);
  env = { ALIR_API_URL: /"url":"(http:[^"]+)"/.exec(alir.output)?.[1] ?? '', ALIR_API_TOKEN: token };
  await place.inSource(
    'CREATE TABLE items (id INT PRIMARY KEY, note VARCHAR(40))',
    'CREATE TABLE seed (i INT PRIMARY KEY)',
    'INSERT INTO seed VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)',
  );
  await place.caughtUp();
  for (let first = 0; first < rows; first += 1000) {
    await place.inSource(
      `INSERT INTO items SELECT ${first} + a.i * 100 + b.i * 10 + c.i, 'a note' FROM seed a, seed b, seed c`,
    );
  }
  await place.caughtUp();
});
afterAll(async () => {
  await alir?.end();
  await place?.close();
});

/** Makes the request of an HTTP Request node, and gives what n8n would hand on. */
async function request(name: string, scope: N8nScope) {
  const { url, ...call } = callOf(nodeOf(workflow, name), scope);
  const answer = await fetch(url, call);
  return { status: answer.status, json: (await answer.json()) as { id: string; state: string } };
}

/** Walks the workflow from its first request to the node where it ends. */
async function walk(body: object): Promise<{ ended: string; scope: N8nScope }> {
  const started = await request('Start it', { json: body, env });
  expect(started.status).toBe(201);
  const outputs = { 'Start it': started.json };
  for (let looks = 0; looks < 600; looks += 1) {
    const { status, json } = await request('How far is it?', { json: started.json, env, outputs });
    expect([status, json.id]).toEqual([200, started.json.id]);
    const scope = { json, env, outputs };
    const next = chosenBy(workflow, nodeOf(workflow, 'Has it ended?'), scope);
    if (next !== 'A few seconds') return { ended: next, scope };
    await delay(100);
  }
  throw new Error('the backfill does not end');
}

test('the requests of the workflow start a backfill and follow it to its end', async () => {
  await place.inReplica('UPDATE items SET note = NULL WHERE id < 3');
  const body = fieldsOf(nodeOf(workflow, 'What to run again'), { json: {}, env });
  const { ended, scope } = await walk({ ...body, table: 'items' });
  expect(ended).toBe('What came of it');
  const { text, counts } = fieldsOf(nodeOf(workflow, ended), scope);
  expect(counts).toMatchObject({ updated: 3 });
  expect(text).toMatch(/^\S+: \d+ records, 0 inserted, 3 updated, 0 deleted\.$/);
  expect(await place.differences('items')).toEqual([]);
});

test('one that is cancelled ends the workflow with a sentence', async () => {
  const started = request('Start it', {
    json: { pipeline: 'cdc', table: 'items', maxRowsPerSecond: 100 },
    env,
  });
  const { json } = await started;
  await fetch(`${env['ALIR_API_URL']}/v1/backfills/${json.id}/cancel`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  });
  const node = nodeOf(workflow, 'How far is it?');
  for (let looks = 0; looks < 600; looks += 1) {
    const { json: seen } = await request(node.name, { json, env, outputs: { 'Start it': json } });
    const next = chosenBy(workflow, nodeOf(workflow, 'Has it ended?'), { json: seen, env });
    if (next === 'A few seconds') {
      await delay(100);
      continue;
    }
    expect(next).toBe('It did not complete');
    const { parameters } = nodeOf(workflow, next);
    expect(evaluate(parameters['errorMessage'], { json: seen, env })).toContain(`${json.id} is cancelled`);
    return;
  }
  throw new Error('the backfill does not end');
});

test('a token that is wrong is told apart from an outage', async () => {
  const scope = {
    json: { pipeline: 'cdc', table: 'items' },
    env: { ...env, ALIR_API_TOKEN: 'another-token-of-16' },
  };
  expect((await request('Start it', scope)).status).toBe(401);
});
