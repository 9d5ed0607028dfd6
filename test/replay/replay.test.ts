import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeterminismViolationError } from '@temporalio/workflow';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { ensureWorkflowBundle } from '../../temporal/worker/workflow-bundle.ts';
import { scenarios } from '../support/history-scenarios.ts';

const folder = join(projectRoot, 'test/replay/histories');
const recorded = readdirSync(folder).flatMap((workflow) =>
  readdirSync(join(folder, workflow)).map((file) => `${workflow}/${file.replace('.json', '')}`),
);

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
});

test('every scenario has a recorded history, and every history a scenario', () => {
  expect(recorded.sort()).toEqual(scenarios.map(({ workflow, name }) => `${workflow}/${name}`).sort());
});

test.each(recorded)('a recorded history replays: %s', async (name) => {
  const codePath = await ensureWorkflowBundle();
  await Worker.runReplayHistory({ workflowBundle: { codePath } }, historyOf(name));
});

test('a changed workflow does not: the suite can fail', async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(projectRoot, 'test/fixtures/altered-workflows.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const replay = Worker.runReplayHistory({ workflowBundle: { code } }, historyOf('processBatch/all-good'));
  await expect(replay).rejects.toBeInstanceOf(DeterminismViolationError);
}, 60_000);

function historyOf(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}
