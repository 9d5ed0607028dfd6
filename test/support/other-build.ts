import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';
import { nodeOptions } from './entry.ts';

/**
 * Installs Alir's build once more under `folder`, with workflows that do the same and have another build id.
 *
 * @returns the entry for `startAlir`
 */
export function otherBuild(folder: string, name: string): readonly string[] {
  const root = join(folder, name);
  mkdirSync(root, { recursive: true });
  for (const part of ['dist', 'prisma', 'package.json', 'package-lock.json'])
    cpSync(join(projectRoot, part), join(root, part), { recursive: true });
  symlinkSync(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
  // In front: at its end there is its source map, which the SDK reads up to the last character.
  const bundle = join(root, 'dist/workflow-bundle.js');
  writeFileSync(bundle, `/* ${name} */${readFileSync(bundle, 'utf8')}`);
  return [...nodeOptions, join(root, 'dist/src/cli/main.js')];
}
