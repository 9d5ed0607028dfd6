import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../../src/config/project-root.ts';
import { planRequest, runRequest } from '../../../src/backfill/request.ts';
import { orders } from '../../../src/pipelines/orders/orders.ts';
import {
  callOf,
  fieldsOf,
  nodeOf,
  passes,
  readWorkflow,
  type Conditions,
} from '../../support/n8n-workflow.ts';

/** The nodes of n8n 1.123.81 that are used, in the newest version that it has. */
const known: Readonly<Record<string, number>> = {
  'n8n-nodes-base.kafkaTrigger': 1.3,
  'n8n-nodes-base.manualTrigger': 1,
  'n8n-nodes-base.if': 2.3,
  'n8n-nodes-base.switch': 3.4,
  'n8n-nodes-base.set': 3.4,
  'n8n-nodes-base.httpRequest': 4.3,
  'n8n-nodes-base.wait': 1.1,
  'n8n-nodes-base.noOp': 1,
  'n8n-nodes-base.stopAndError': 1,
};
const folder = join(projectRoot, 'deploy/n8n');
const files = globSync('*.json', { cwd: join(folder, 'workflows') }).sort();
const credentials = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as {
  id: string;
  name: string;
  type: string;
  data: object;
}[];

describe.each(files)('%s', (file) => {
  const workflow = readWorkflow(file);
  const names = workflow.nodes.map((node) => node.name);

  test('every node is one that n8n has, and has an id and a name of its own', () => {
    for (const { type, typeVersion } of workflow.nodes) expect(known[type], type).toBe(typeVersion);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(workflow.nodes.map((node) => node.id)).size).toBe(names.length);
  });

  test('connections join nodes that exist, and every node but the trigger is reached', () => {
    const targets = Object.values(workflow.connections).flatMap(({ main }) =>
      main.flat().map(({ node }) => node),
    );
    for (const name of [...Object.keys(workflow.connections), ...targets]) expect(names).toContain(name);
    const unreached = workflow.nodes.filter(({ name }) => !targets.includes(name));
    expect(unreached.map(({ type }) => type)).toEqual([expect.stringMatching(/Trigger$/)]);
  });

  test('it names nodes that exist, holds no secret, and does not start by itself', () => {
    const text = JSON.stringify(workflow);
    for (const [, name] of text.matchAll(/\$\('([^']+)'\)/g)) expect(names).toContain(name);
    for (const [, value] of text.matchAll(/Bearer ([^"]*)/g)) expect(value).toBe('{{ $env.ALIR_API_TOKEN }}');
    for (const [, value] of text.matchAll(/(https?:[^"]*)/g)) expect(value).toBeUndefined();
    expect(workflow).toMatchObject({ active: false, settings: { timezone: 'Asia/Jakarta' } });
  });

  test('its credentials are in credentials.json, where they are empty', () => {
    for (const [type, { id, name }] of workflow.nodes.flatMap((node) =>
      Object.entries(node.credentials ?? {}),
    ))
      expect(credentials).toContainEqual({ id, name, type, data: {} });
  });
});

test('the ids differ, so that an import of one does not replace another', () => {
  const ids = files.map((file) => readWorkflow(file).id);
  expect(new Set(ids).size).toBe(2);
});

describe('react to enriched orders', () => {
  const workflow = readWorkflow('enriched-orders.json');

  test('it reads the topic that the orders pipeline writes, in a group of its own', () => {
    const { parameters } = nodeOf(workflow, 'An order was loaded');
    expect(parameters['topic']).toBe(orders.outputTopic);
    expect(parameters['groupId']).not.toBe(orders.group);
  });

  test.each([
    [{ flag: 'live', total_matches: false }, true],
    [{ flag: 'live', total_matches: true }, false],
    [{ flag: 'backfill', total_matches: false }, false],
  ])('%o: %o', (json, expected) => {
    const { parameters } = nodeOf(workflow, 'Its total is wrong');
    expect(passes(parameters['conditions'] as Conditions, { json, env: {} })).toBe(expected);
  });

  test('it tells of the order in words', () => {
    const json = { id: '7', order_no: null, stated_total: '9.00', total: '10.00', currency: 'IDR' };
    expect(fieldsOf(nodeOf(workflow, 'What to tell'), { json, env: {} })).toEqual({
      text: 'Order 7: its sender says 9.00, its items come to 10.00 IDR.',
    });
  });
});

describe('backfill of a table', () => {
  const workflow = readWorkflow('cdc-backfill.json');
  const env = { ALIR_API_URL: 'http://api:8088', ALIR_API_TOKEN: 'a-token-of-16-chars' };

  test('what it asks for is a request that the API takes', () => {
    const json = fieldsOf(nodeOf(workflow, 'What to run again'), { json: {}, env });
    expect(planRequest.safeParse(json).error).toBeUndefined();
    const call = callOf(nodeOf(workflow, 'Start it'), { json, env });
    expect(call).toMatchObject({ method: 'POST', url: 'http://api:8088/v1/backfills' });
    expect(call.headers).toMatchObject({ Authorization: 'Bearer a-token-of-16-chars' });
    expect(runRequest.parse(JSON.parse(call.body ?? ''))).toMatchObject({ ...json, dryRun: false });
  });

  test('it asks for the backfill that it has started', () => {
    const outputs = { 'Start it': { id: '20261125-083012-7f3a' } };
    const call = callOf(nodeOf(workflow, 'How far is it?'), { json: {}, env, outputs });
    expect(call).toMatchObject({ method: 'GET', url: 'http://api:8088/v1/backfills/20261125-083012-7f3a' });
  });
});
