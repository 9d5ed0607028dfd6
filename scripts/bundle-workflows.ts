/** Bundles the workflows. Usage: node scripts/bundle-workflows.ts [FILE] */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { projectRoot } from '../src/config/project-root.ts';
import { bundleStamp } from '../temporal/worker/workflow-bundle.ts';

const file = process.argv[2] ?? join(projectRoot, 'dist', 'workflow-bundle.js');
const { code } = await bundleWorkflowCode({
  workflowsPath: join(projectRoot, 'temporal/workflows/index.ts'),
  logger: new DefaultLogger('WARN'),
});
mkdirSync(dirname(file), { recursive: true });
// Written beside and renamed: two processes that start at once never read half a bundle.
const temporary = `${file}.${process.pid}`;
writeFileSync(temporary, bundleStamp() + code);
renameSync(temporary, file);
