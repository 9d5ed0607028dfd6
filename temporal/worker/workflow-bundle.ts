import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../src/config/project-root.ts';

const bundlePath = join(projectRoot, 'dist', 'workflow-bundle.js');
const sources = [
  'temporal/workflows',
  'temporal/contract.ts',
  'temporal/activity-options.ts',
  'src/errors/catalogue.ts',
];

/** First line of a bundle: tells which sources it was made from. */
export function bundleStamp(): string {
  const hash = createHash('sha256').update(readFileSync(join(projectRoot, 'package-lock.json')));
  for (const file of sources.flatMap(filesOf))
    hash.update(file).update(readFileSync(join(projectRoot, file)));
  return `// alir workflows ${hash.digest('hex')}\n`;
}

/**
 * Path of the prebuilt workflow code, made anew when its sources have changed. The bundler runs in a process of its
 * own: it needs more memory than the whole worker.
 */
export async function ensureWorkflowBundle(): Promise<string> {
  if (!existsSync(join(projectRoot, 'temporal/workflows/index.ts'))) return bundlePath; // an installed package
  if (!existsSync(bundlePath) || !readFileSync(bundlePath, 'utf8').startsWith(bundleStamp())) {
    await execa(process.execPath, [join(projectRoot, 'scripts/bundle-workflows.ts'), bundlePath], {
      cwd: projectRoot,
    });
  }
  return bundlePath;
}

function filesOf(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(join(projectRoot, path))
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => `${path}/${name}`);
}
