import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DemoResult } from '../../src/cli/commands/demo.ts';
import type { PipelineStatus } from '../../src/operations/status/pipeline-status.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import type { StackDescription } from '../../src/config/running-stack.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { startBrowser } from '../support/browser.ts';
import { laneStack } from '../support/lane-stack.ts';
import { processesOf } from '../support/processes-of.ts';
import { lastJson, runCli, type CliResult } from '../support/run-cli.ts';

const pictures = join(projectRoot, 'test/.output');

/** As in a fresh checkout: nothing of anybody is in it, and every process of the demo lives in it. */
let folder: string;
let once: CliResult;
let kept: CliResult;

const alir = (...args: string[]) => runCli(args, { folder, timeoutMs: 300_000 });
const demo = (name: string, ...more: string[]) =>
  alir('demo', '--name', name, '--orders', '2000', '--json', ...more);

beforeAll(async () => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'alir-demo-'));
  // Side by side: beside each other and beside the stack of the other tests.
  [once, kept] = await Promise.all([demo('once'), demo('kept', '--keep')]);
}, 300_000);

afterAll(async () => {
  for (const name of ['once', 'kept']) await alir('stack', 'down', '--name', name);
  rmSync(folder, { recursive: true, force: true });
});

const running = (name: string) =>
  processesOf(folder).filter((line) => line.includes(join(folder, '.alir', name)));

test('the demo ends with exit code 0 and its sums as one line of JSON, last, on two stacks side by side', () => {
  for (const result of [once, kept]) {
    expect(result.code, result.stderr.slice(-2000)).toBe(0);
    expect(result.stdout.trimEnd().split('\n')).toHaveLength(1);
    const { sent, enriched, loaded, updated, deadLettered, batches, seconds, ui, ...replica } = lastJson(
      result,
    ) as DemoResult;
    expect(sent).toBeGreaterThan(2_000 + 500); // those that Maxwell found come on top
    expect(sent).toBe(loaded + deadLettered);
    expect(enriched).toBe(loaded);
    expect(deadLettered).toBeGreaterThan(0);
    expect(updated).toBeGreaterThan(0);
    expect(batches).toBeGreaterThan(0);
    expect(seconds).toBeGreaterThan(0);
    expect(replica).toEqual({ replicaRows: expect.any(Number) as unknown, replicaEqual: true });
    expect(replica.replicaRows).toBeGreaterThan(500); // the seed's other tables come on top
    expect(ui).toMatch(/^http:\/\/localhost:\d+\/namespaces\/default\/workflows\?query=/);
  }
});

test('without --keep nothing is left running, and the data stays', () => {
  expect(running('once')).toEqual([]);
  expect(existsSync(join(folder, '.alir', 'once', 'mysql'))).toBe(true);
});

test('with --keep the servers and alir run stay, on ports of their own, and the status commands answer', async () => {
  const [stack, status] = await Promise.all([
    alir('stack', 'status', '--name', 'kept', '--json').then(
      (result) => lastJson(result) as StackDescription,
    ),
    runCli(['status', '--json'], { folder, environment: { ALIR_STACK: 'kept' } }).then(lastJson),
  ]);
  expect(stack).toMatchObject({ engine: 'native', name: 'kept', maxwell: { running: true } });
  const other = laneStack();
  expect(stack.kafka.bootstrap).not.toBe(other.kafka.bootstrap);
  expect(stack.mysql.port).not.toBe(other.mysql.port);
  expect(stack.temporal.address).not.toBe(other.temporal.address);
  const { loaded } = lastJson(kept) as DemoResult;
  const [ofOrders, replica] = (status as { pipelines: PipelineStatus[] }).pipelines;
  expect(ofOrders?.loaded).toBeGreaterThanOrEqual(loaded); // the seed rows came before the demo began to count
  expect(ofOrders?.partitions?.map(({ lag }) => lag)).toEqual(ofOrders?.partitions?.map(() => 0));
  const read = { state: 'ready', reason: null, lagRecords: 0, lagSeconds: 0 };
  expect(replica).toMatchObject({
    pipeline: 'cdc',
    group: 'etl-workers-cdc',
    missingTopics: [],
    deadLetters: {},
    sourceProblem: null,
    tables: ['customers', 'order_items', 'orders', 'products'].map((table) => ({ table, ...read })),
  });
  expect(processesOf(folder).filter((line) => line.includes('run --while-alive'))).toHaveLength(1);
});

test('the printed link shows the batches of the pipeline in the Temporal Web UI', async () => {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    await page.goto((lastJson(kept) as DemoResult).ui);
    await page
      .getByRole('link', { name: /^orders\/raw_orders\// })
      .first()
      .waitFor({ timeout: 60_000 });
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, 'demo-link.png') });
    // Another filter finds none: what was shown is not simply everything.
    await page.goto((lastJson(kept) as DemoResult).ui.replace('orders', 'nobody'));
    await page
      .getByText(/No Workflows/i)
      .first()
      .waitFor({ timeout: 60_000 });
    expect(await page.getByRole('link', { name: /^orders\/raw_orders\// }).count()).toBe(0);
  } finally {
    await browser.close();
  }
}, 400_000); // the first time a browser may have to be installed

test('a replica that differs is found: the demo says which table, and ends with exit code 1', async () => {
  const stack = lastJson(await alir('stack', 'status', '--name', 'kept', '--json')) as StackDescription;
  const replica = { ...stack.mysql, database: stack.databases.replica };
  await withConnection(replica, (connection) =>
    connection.query("UPDATE products SET name = CONCAT(name, ' ') ORDER BY id LIMIT 1"),
  );
  const result = await alir('demo', '--name', 'kept', '--orders', '2000', '--keep');
  expect(result.stderr).toMatch(/\nCHECK_FAILED: The replica differs from its source: products\.\n/);
  expect(result.code).toBe(1);
  expect(result.stdout).toContain('DIFFERENT');
  // Every command that is printed is one for this stack.
  const commands = result.stdout.match(/^.*npm run alir.*$/gm) ?? [];
  expect(commands).toHaveLength(3);
  for (const line of commands) expect(line).toMatch(/ALIR_STACK=kept npm|stack down --name kept$/);
}, 300_000);

test('alir stack down ends the servers and, with them, alir run', async () => {
  expect(lastJson(await alir('stack', 'down', '--name', 'kept', '--json'))).toEqual({
    name: 'kept',
    stopped: true,
  });
  await expect.poll(() => processesOf(folder), { timeout: 30_000 }).toEqual([]);
  expect((await alir('stack', 'status', '--name', 'kept')).code).toBe(3);
});
