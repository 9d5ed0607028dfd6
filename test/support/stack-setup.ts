import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { StackDescription } from '../../src/config/running-stack.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { NativeStack } from '../../src/stack/native/native-stack.ts';
import { lanes } from './lanes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** One for each lane. */
    stacks: readonly StackDescription[];
  }
}

/** A stack of real servers for each lane of the integration tests; each test makes itself a place of its own on it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stacks: NativeStack[] = [];
  const close = async (): Promise<void> => {
    for (const stack of stacks) {
      await stack.close();
      rmSync(stack.files.folder, { recursive: true, force: true });
    }
  };
  try {
    // One after the other: the first obtains what both need.
    for (let lane = 1; lane <= lanes; lane++) {
      const name = `test-${process.pid}-${lane}`;
      const folder = join(projectRoot, '.alir', name);
      const report = ({ service, text }: { service: string; text: string }) =>
        void process.stderr.write(`${service}: ${text}\n`);
      stacks.push(await NativeStack.start({ name, folder, ports: 'free' }, report));
    }
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
