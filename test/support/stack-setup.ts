import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { StackDescription } from '../../src/config/running-stack.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { NativeStack } from '../../src/lab/stack/native/native-stack.ts';
import { buildIfOlder } from './build-setup.ts';
import { lanes } from './lanes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** One for each lane. */
    stacks: StackDescription[];
  }
}

/**
 * A stack of real servers for each lane of integration tests; each test makes itself a place of its own on it. The
 * first one is started alone: what it obtains, the others find.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildIfOlder();
  const stacks: NativeStack[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(stacks.map((stack) => stack.close()));
    for (const { files } of stacks) rmSync(files.folder, { recursive: true, force: true });
  };
  try {
    for (let lane = 1; lane <= lanes; lane += 1) stacks.push(await startStack(`test-${process.pid}-${lane}`));
  } catch (error) {
    await close();
    throw error;
  }
  project.provide(
    'stacks',
    stacks.map(({ description }) => description),
  );
  return close;
}

function startStack(name: string): Promise<NativeStack> {
  return NativeStack.start(
    { name, folder: join(projectRoot, '.alir', name), ports: 'free' },
    ({ service, text }) => process.stderr.write(`${service}: ${text}\n`),
  );
}
