import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { connectTemporal } from '../../temporal/connection.ts';
import { startAlir } from '../support/alir-process.ts';
import { startBrowser } from '../support/browser.ts';
import { ordersPlace } from '../support/orders-place.ts';

const pictures = join(projectRoot, 'test/.output');

test('a batch in the Temporal Web UI: type, summary and counts are there to see', async () => {
  const place = await ordersPlace(inject('stack'));
  const alir = await startAlir('run', place.environment);
  await place.send({ count: 3_000, badShare: 0.01, repeatShare: 0.1, seed: 9 });
  await place.processed();

  const client = await connectTemporal(place.config);
  const { TEMPORAL_NAMESPACE: namespace, TEMPORAL_UI_URL: ui } = place.config.settings;
  const { value: batch } = await client.workflow.list({ pageSize: 1 })[Symbol.asyncIterator]().next();
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    mkdirSync(pictures, { recursive: true });

    await page.goto(`${ui}/namespaces/${namespace}/workflows`);
    await page.getByText('processBatch').first().waitFor({ timeout: 60_000 });
    await page.screenshot({ path: join(pictures, 'web-ui-batches.png') });

    const id = encodeURIComponent(batch?.workflowId ?? '');
    await page.goto(`${ui}/namespaces/${namespace}/workflows/${id}/${batch?.runId}/history`);
    await page.getByText(/raw_orders\/\d · \d+–\d+ · \d+ rows/).first().waitFor({ timeout: 60_000 });
    await page.getByText('transformBatch').first().waitFor();
    await page.getByText(/"inserted"/).first().waitFor();
    const picture = join(pictures, 'web-ui-batch.png');
    await page.screenshot({ path: picture });
    expect(statSync(picture).size).toBeGreaterThan(10_000);
  } finally {
    await browser.close();
    await client.connection.close();
    await alir.end();
  }
});
