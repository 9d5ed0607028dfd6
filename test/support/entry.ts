import { join } from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';

/** What is deployed; `npm run build` makes it. */
export const builtEntry = join(projectRoot, 'dist/src/cli/main.js');

/**
 * How a process of Alir is started, from any folder. Suites that start dozens of them take the build (vitest.config.ts),
 * which is what runs in production.
 */
export const alirEntry: readonly string[] =
  process.env['ALIR_TEST_FROM'] === 'build' ? [builtEntry] : [join(projectRoot, 'src/cli/main.ts')];

/** As `npm run alir` has them. */
export const nodeOptions: readonly string[] = [
  '--max-old-space-size=192',
  '--max-semi-space-size=16',
  '--disable-warning=TimeoutNegativeWarning',
];
