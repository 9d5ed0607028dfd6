import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { hasDeadLetters, workflowListLink } from '../../src/operations/web-ui.ts';
import { connectTemporal } from '../../temporal/client/connection.ts';
import { backfillWorkflowId, type BackfillProgress } from '../../temporal/contract.ts';
import { startAlir } from '../support/alir-process.ts';
import { startBrowser } from '../support/browser.ts';
import { laneStack } from '../support/lane-stack.ts';
import type { OrdersPlace } from '../support/make-place.ts';
import { ordersPlace } from '../support/orders-place.ts';
import { lastJson, runCli } from '../support/run-cli.ts';

const pictures = join(projectRoot, 'test/.output');

/** A picture of the page; docs/guide has some of them. */
async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  const path = join(pictures, `${name}.png`);
  await page.screenshot({ path });
  expect(statSync(path).size).toBeGreaterThan(10_000);
}

/** A page of a browser that is closed when the test has finished. */
async function openPage(): Promise<Page> {
  const browser = await startBrowser();
  onTestFinished(() => browser.close());
  return browser.newPage({ viewport: { width: 1440, height: 1000 } });
}

const shows = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text).first().waitFor({ timeout: 60_000 });

/** The browser puts what workflows say into frames of their own: nothing in it can run as code. */
async function showsInFrame(page: Page, text: RegExp): Promise<void> {
  const found = async () => Promise.all(page.frames().map((frame) => frame.getByText(text).count()));
  await expect
    .poll(async () => (await found()).some((count) => count > 0), {
      timeout: 60_000,
      message: `${text} in ${page.url()}`,
    })
    .toBe(true);
}

function workflowsOf({ config }: OrdersPlace): string {
  const { TEMPORAL_NAMESPACE: namespace, TEMPORAL_UI_URL: ui } = config.settings;
  return `${ui}/namespaces/${namespace}/workflows`;
}

test('a batch in the Temporal Web UI: type, summary, range and counts are there to see', async () => {
  const place = await ordersPlace(laneStack());
  const alir = await startAlir('run', place.environment);
  await place.send({ count: 3_000, badShare: 0.01, repeatShare: 0.1, seed: 9 });
  await place.processed();
  await alir.end();

  const client = await connectTemporal(place.config);
  const batches: { workflowId: string; runId: string }[] = [];
  for await (const batch of client.workflow.list({ query: "Topic = 'raw_orders'" })) batches.push(batch);
  await client.connection.close();
  const { workflowId, runId } = batches[0]!;
  const ofBatch = `${workflowsOf(place)}/${encodeURIComponent(workflowId)}/${runId}`;

  const page = await openPage();
  await page.goto(workflowsOf(place));
  await shows(page, 'processBatch');
  await picture(page, 'web-ui-batches');

  await page.goto(workflowListLink(place.config.settings, hasDeadLetters));
  await page
    .getByRole('link', { name: /^orders\/raw_orders\// })
    .first()
    .waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Configure Columns' }).first().click();
  for (const column of ['Pipeline', 'Topic', 'DeadLettered', 'FirstOffset'])
    await page.getByRole('button', { name: `Add ${column} column` }).click();
  await picture(page, 'web-ui-dead-letters');

  await page.goto(`${ofBatch}/timeline`);
  for (const text of ['"first"', '"last"', '"rows"', '"inserted"', '"deadLettered"']) await shows(page, text);
  await shows(page, /decode and transform raw_orders\/\d · \d+–\d+/);
  await shows(page, /apply \d+ of \d+, then publish/);
  await picture(page, 'web-ui-batch');

  await page.goto(`${ofBatch}/user-metadata`);
  await showsInFrame(page, /^raw_orders\/\d · \d+–\d+ · (1 row|[\d,]+ rows)$/);

  await page.goto(`${ofBatch}/search-attributes`);
  for (const name of ['Pipeline', 'Topic', 'Partition', 'FirstOffset', 'DeadLettered'])
    await shows(page, name);
}, 400_000); // the first time a browser may have to be installed

test('a backfill in the Temporal Web UI: what it is of, how far it is, what came of its records', async () => {
  const place = await ordersPlace(laneStack());
  const alir = await startAlir('run', place.environment);
  onTestFinished(async () => void (await alir.end()));
  await place.send({ count: 20_000, badShare: 0.01, repeatShare: 0.1, seed: 10 });
  await place.processed();

  const backfill = (...args: string[]) =>
    runCli(['backfill', ...args, '--json'], { environment: place.environment });
  const run = await backfill(
    'run',
    '--pipeline',
    'orders',
    '--from-offset',
    '0',
    '--max-rows-per-second',
    '1',
  );
  expect(run.code, run.stderr).toBe(0);
  const { id } = lastJson(run) as { id: string };
  const ofBackfill = `${workflowsOf(place)}/${encodeURIComponent(backfillWorkflowId(id))}`;

  const client = await connectTemporal(place.config);
  onTestFinished(() => client.connection.close());
  const { runId } = await client.workflow.getHandle(backfillWorkflowId(id)).describe();

  // The page shows what was there when it was opened: it is opened again if a page of the replay ended meanwhile.
  // One does where another test has left the topic of Maxwell's orders, whose short ranges come first.
  const counts = async () =>
    (lastJson(await backfill('status', id)) as { progress: BackfillProgress | null }).progress?.counts;
  await expect.poll(async () => (await counts())?.rows ?? 0, { timeout: 60_000 }).toBeGreaterThan(0);
  const page = await openPage();
  let shown: BackfillProgress['counts'] | undefined;
  await expect
    .poll(
      async () => {
        shown = await counts();
        await page.goto(`${ofBackfill}/${runId}/user-metadata`);
        await showsInFrame(page, /^running: [1-9]\d* of \d+ \(\d+ %\), at most 1 rows a second$/);
        return isDeepStrictEqual(await counts(), shown);
      },
      { timeout: 120_000 },
    )
    .toBe(true);
  const outcomes = Object.entries(shown!).filter(([, figure]) => figure > 0);
  for (const [outcome, figure] of outcomes) {
    await showsInFrame(page, new RegExp(`^${outcome}$`));
    await showsInFrame(page, new RegExp(`^${figure}$`));
  }
  expect(outcomes.length, JSON.stringify(shown)).toBeGreaterThan(1);
  await picture(page, 'web-ui-backfill');

  await page.goto(`${ofBackfill}/${runId}/search-attributes`);
  for (const text of ['BackfillId', id, 'BackfillState', 'running']) await shows(page, text);

  expect((await backfill('rate', id, 'none')).code).toBe(0);
  await page.goto(`${ofBackfill}/${runId}/timeline`);
  await shows(page, 'replayRange');
  await shows(page, /raw_orders\/\d · \d+–\d+/);
  await shows(page, '"completed"');
  await picture(page, 'web-ui-backfill-ended');
}, 400_000);
