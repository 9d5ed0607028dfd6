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
import { taskQueues } from '../temporal/contract.ts';
import { scenarios } from '../test/support/history-scenarios.ts';
import { startTestTemporal, withWorkers } from '../test/support/temporal.ts';

const environment = await startTestTemporal();
try {
  for (const { workflow, name, activities, run, during } of scenarios) {
    const folder = join(projectRoot, 'test/replay/histories', workflow);
    mkdirSync(folder, { recursive: true });
    const history = await withWorkers(environment, activities(), async () => {
      const handle = await environment.client.workflow.start(workflow, {
        workflowId: run.workflowId,
        taskQueue: taskQueues.live,
        args: [...run.args],
      });
      await during?.(handle);
      await handle.result().catch(() => undefined); // a scenario may end in a failure
      // Of the first run: the one that a long replay ends, and goes on from.
      return environment.client.workflow
        .getHandle(handle.workflowId, handle.firstExecutionRunId)
        .fetchHistory();
    });
    // Identities and stack traces name the machine of whoever records, and its folders.
    const json = historyToJSON(history)
      .replaceAll(/"identity": "[^"]*"/g, '"identity": "recorder"')
      .replaceAll(`${projectRoot}/`, '');
    writeFileSync(join(folder, `${name}.json`), `${json}\n`);
    process.stdout.write(`recorded ${workflow} ${name}: ${history.events?.length ?? 0} events\n`);
  }
} finally {
  await environment.teardown();
}
