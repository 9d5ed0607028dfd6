import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../src/config/project-root.ts';

/** What is deployed; `npm run build` makes it. */
export const builtEntry = join(projectRoot, 'dist/src/cli/main.js');

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/**
 * How a process of Alir is started, from any folder. Suites that start dozens of them take the build (vitest.config.ts):
 * a start from sources takes twice the processor time.
 */
export const alirEntry: readonly string[] =
  process.env['ALIR_TEST_FROM'] === 'build'
    ? [builtEntry]
    : ['--import', tsx, join(projectRoot, 'src/cli/main.ts')];

/** As `npm run alir` has it. */
export const heapLimit = '--max-old-space-size=192';
