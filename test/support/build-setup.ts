import { statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { globSync } from 'tinyglobby';
import { projectRoot } from '../../src/config/project-root.ts';
import { builtEntry } from './entry.ts';

/** What dist/ is made of. */
const ingredients = ['src/**', 'temporal/**', 'scripts/b*.ts', 'tsconfig*.json', 'package-lock.json'];

/** Builds dist/ where it is older than what it is made of. */
export async function buildIfOlder(): Promise<void> {
  const builtAt = statSync(builtEntry, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const files = globSync(ingredients, { cwd: projectRoot, absolute: true });
  if (files.every((file) => statSync(file).mtimeMs <= builtAt)) return;
  process.stderr.write('Building dist/ for the tests that start Alir from it\n');
  await execa(process.execPath, [join(projectRoot, 'scripts/build.ts')], {
    cwd: projectRoot,
    preferLocal: true,
    stdio: ['ignore', 2, 2],
  });
}

export const setup = buildIfOlder;
