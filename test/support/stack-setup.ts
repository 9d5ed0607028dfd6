import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { StackDescription } from '../../src/config/running-stack.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { NativeStack } from '../../src/stack/native/native-stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    stack: StackDescription;
  }
}

/** One stack of real servers for all integration tests; each test makes itself a place of its own on it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = join(projectRoot, '.alir', `test-${process.pid}`);
  const stack = await NativeStack.start(
    { name: `test-${process.pid}`, folder, ports: 'free' },
    ({ service, text }) => process.stderr.write(`${service}: ${text}\n`),
  );
  const { description } = stack;
  project.provide('stack', description);
  Object.assign(process.env, {
    ALIR_TEST_KAFKA: description.kafka.bootstrap,
    ALIR_TEST_MYSQL_HOST: description.mysql.host,
    ALIR_TEST_MYSQL_PORT: String(description.mysql.port),
    ALIR_TEST_MYSQL_USER: description.mysql.user,
    ALIR_TEST_MYSQL_PASSWORD: description.mysql.password,
  });
  return async () => {
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  };
}
