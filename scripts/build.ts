/** Makes dist/: the compiled code and the workflow bundle. Configuration and migrations are read from their folders. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../src/config/project-root.ts';

const run = (command: string, ...args: string[]) =>
  execa(command, args, { cwd: projectRoot, preferLocal: true, stdio: 'inherit' });

rmSync(join(projectRoot, 'dist'), { recursive: true, force: true });
await run('node', 'scripts/generate.ts');
await run('tsc', '-p', 'tsconfig.build.json');
await run('node', 'scripts/bundle-workflows.ts');
