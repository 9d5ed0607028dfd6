import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { DemoResult } from '../../src/cli/demo/send-and-count.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import type { StackDescription } from '../../src/config/running-stack.ts';
import { startBrowser } from '../support/browser.ts';
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
    const { sent, enriched, loaded, updated, deadLettered, batches, seconds, ui } = lastJson(
      result,
    ) as DemoResult;
    expect(sent).toBeGreaterThan(2_000 + 500); // those that Maxwell found come on top
    expect(sent).toBe(loaded + deadLettered);
    expect(enriched).toBe(loaded);
    expect(deadLettered).toBeGreaterThan(0);
    expect(updated).toBeGreaterThan(0);
    expect(batches).toBeGreaterThan(0);
    expect(seconds).toBeGreaterThan(0);
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
  const other = inject('stack');
  expect(stack.kafka.bootstrap).not.toBe(other.kafka.bootstrap);
  expect(stack.mysql.port).not.toBe(other.mysql.port);
  expect(stack.temporal.address).not.toBe(other.temporal.address);
  const { loaded } = lastJson(kept) as DemoResult;
  const [pipeline] = (status as { pipelines: { loaded: number; partitions: { lag: number }[] }[] }).pipelines;
  expect(pipeline?.loaded).toBeGreaterThanOrEqual(loaded); // the seed rows came before the demo began to count
  expect(pipeline?.partitions.map(({ lag }) => lag)).toEqual(pipeline?.partitions.map(() => 0));
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

test('alir stack down ends the servers and, with them, alir run', async () => {
  expect(lastJson(await alir('stack', 'down', '--name', 'kept', '--json'))).toEqual({
    name: 'kept',
    stopped: true,
  });
  await expect.poll(() => processesOf(folder), { timeout: 30_000 }).toEqual([]);
  expect((await alir('stack', 'status', '--name', 'kept')).code).toBe(3);
});
