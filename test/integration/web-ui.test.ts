import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { connectTemporal } from '../../temporal/connection.ts';
import { startAlir } from '../support/alir-process.ts';
import { startBrowser } from '../support/browser.ts';
import { ordersPlace } from '../support/orders-place.ts';

const pictures = join(projectRoot, 'test/.output');

/** A picture of the page; docs/guide/web-ui-batch.png is one of them. */
async function picture(page: Page, name: string): Promise<void> {
  const path = join(pictures, `${name}.png`);
  await page.screenshot({ path });
  expect(statSync(path).size).toBeGreaterThan(10_000);
}

test('a batch in the Temporal Web UI: type, summary, range and counts are there to see', async () => {
  const place = await ordersPlace(inject('stack'));
  const alir = await startAlir('run', place.environment);
  await place.send({ count: 3_000, badShare: 0.01, repeatShare: 0.1, seed: 9 });
  await place.processed();
  await alir.end();

  const { TEMPORAL_NAMESPACE: namespace, TEMPORAL_UI_URL: ui } = place.config.settings;
  const client = await connectTemporal(place.config);
  const batches: { workflowId: string; runId: string }[] = [];
  for await (const batch of client.workflow.list({ query: "Topic = 'raw_orders'" })) batches.push(batch);
  await client.connection.close();
  const { workflowId, runId } = batches[0]!;
  const ofBatch = `${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;

  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    const shows = (text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: 60_000 });
    mkdirSync(pictures, { recursive: true });

    await page.goto(`${ui}/namespaces/${namespace}/workflows`);
    await shows('processBatch');
    await picture(page, 'web-ui-batches');

    await page.goto(`${ofBatch}/timeline`);
    for (const text of ['"first"', '"last"', '"rows"', '"inserted"', '"deadLettered"']) await shows(text);
    await shows(/decode and transform raw_orders\/\d · \d+–\d+/);
    await shows(/apply \d+ of \d+, then publish/);
    await picture(page, 'web-ui-batch');

    await page.goto(`${ofBatch}/user-metadata`);
    // The browser puts the summary into a frame of its own: nothing that a workflow says can run as code.
    const summary = /^raw_orders\/\d · \d+–\d+ · \d+ rows$/;
    const inFrames = async () => Promise.all(page.frames().map((frame) => frame.getByText(summary).count()));
    await expect
      .poll(async () => (await inFrames()).some((found) => found > 0), { timeout: 60_000 })
      .toBe(true);

    await page.goto(`${ofBatch}/search-attributes`);
    for (const name of ['Pipeline', 'Topic', 'Partition', 'FirstOffset', 'DeadLettered']) await shows(name);
  } finally {
    await browser.close();
  }
}, 400_000); // the first time a browser may have to be installed
