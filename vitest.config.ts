import { defineConfig } from 'vitest/config';

// Forked processes, never threads: the native core of the Temporal SDK and Prisma crash in worker threads.
const base = { pool: 'forks' as const, environment: 'node' as const };

const suite = (name: string, order: number, options: Record<string, unknown> = {}) => ({
  test: {
    ...base,
    name,
    include: [`test/${name}/**/*.test.ts`],
    sequence: { groupOrder: order },
    ...options,
  },
});

/** Suites that need real servers run one file after another. */
const withServers = { fileParallelism: false, hookTimeout: 600_000 };

export default defineConfig({
  test: {
    projects: [
      suite('unit', 1),
      suite('conventions', 1, { testTimeout: 60_000 }),
      suite('workflow', 2, { ...withServers, testTimeout: 60_000 }),
      suite('replay', 3, { ...withServers, testTimeout: 60_000 }),
      // One stack for all files; the chaos suite breaks servers, so its files start their own.
      suite('integration', 4, {
        ...withServers,
        testTimeout: 180_000,
        globalSetup: 'test/support/stack-setup.ts',
      }),
      suite('chaos', 5, { ...withServers, testTimeout: 600_000 }),
      // docker-compose.yml on a real engine; skipped where none can be had.
      suite('compose', 6, { ...withServers, testTimeout: 900_000 }),
    ],
  },
});
