import { defineConfig } from 'vitest/config';

// Forked processes, never threads: the native core of the Temporal SDK and Prisma crash in worker threads.
const base = { pool: 'forks' as const, environment: 'node' as const };

const suite = (name: string, order: number, options: Record<string, unknown> = {}) => ({
  test: { ...base, name, include: [`test/${name}/**/*.test.ts`], sequence: { groupOrder: order }, ...options },
});

/** Suites that need the real servers: they share one stack and run one file after another. */
const withStack = {
  globalSetup: 'test/support/stack-setup.ts',
  fileParallelism: false,
  testTimeout: 120_000,
  hookTimeout: 600_000,
};

export default defineConfig({
  test: {
    projects: [
      suite('unit', 1),
      suite('conventions', 1, { testTimeout: 60_000 }),
      suite('workflow', 2, { testTimeout: 60_000, hookTimeout: 600_000, fileParallelism: false }),
      suite('replay', 3, { testTimeout: 60_000, fileParallelism: false }),
      suite('integration', 4, withStack),
      suite('chaos', 5, { ...withStack, testTimeout: 600_000 }),
    ],
  },
});
