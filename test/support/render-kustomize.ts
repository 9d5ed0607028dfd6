import { join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '../../src/config/project-root.ts';
import type { KubernetesObject } from './kubernetes-schemas.ts';

/** What `kubectl apply -k` would send, from a folder below `deploy/kubernetes`; null where neither program is. */
export async function renderKustomize(folder: string): Promise<KubernetesObject[] | null> {
  const path = join(projectRoot, 'deploy/kubernetes', folder);
  for (const [program, ...args] of [
    ['kubectl', 'kustomize', path],
    ['kustomize', 'build', path],
  ] as const) {
    const result = await execa(program, args, { reject: false, stdin: 'ignore' });
    if (result.code === 'ENOENT') continue;
    if (result.failed) throw new Error(result.stderr || result.shortMessage);
    return parseAllDocuments(result.stdout).map((document) => document.toJS() as KubernetesObject);
  }
  return null;
}
