/**
 * Records the histories that the replay suite replays: npm run record-histories.
 *
 * Record from the code that is deployed, never from the branch under test: a recording of the change itself would
 * agree with it. CONTRIBUTING.md says when.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { projectRoot } from '../src/config/project-root.ts';
import { batchWorkflowId, taskQueues } from '../temporal/contract.ts';
import type { processBatch } from '../temporal/workflows/process-batch.ts';
import { processBatchScenarios } from '../test/support/history-scenarios.ts';
import { startTestTemporal, testRange, testWorker } from '../test/support/temporal.ts';

const folder = join(projectRoot, 'test/replay/histories/processBatch');
mkdirSync(folder, { recursive: true });
const environment = await startTestTemporal();
try {
  for (const { name, activities } of processBatchScenarios) {
    const range = testRange({
      topic: 'raw_orders',
      partition: processBatchScenarios.findIndex((s) => s.name === name),
    });
    const worker = await testWorker(environment, activities());
    const history = await worker.runUntil(async () => {
      const handle = await environment.client.workflow.start<typeof processBatch>('processBatch', {
        workflowId: batchWorkflowId(range),
        taskQueue: taskQueues.live,
        args: [{ range, flag: 'live', syncAt: '2026-11-23T01:16:30.250Z' }],
      });
      await handle.result().catch(() => undefined); // a scenario may end in a failure
      return handle.fetchHistory();
    });
    // Identities name the machine of whoever records.
    const json = historyToJSON(history).replaceAll(/"identity": "[^"]*"/g, '"identity": "recorder"');
    writeFileSync(join(folder, `${name}.json`), `${json}\n`);
    process.stdout.write(`recorded ${name}: ${history.events?.length ?? 0} events\n`);
  }
} finally {
  await environment.teardown();
}
