import { defineConfig } from 'vitest/config';
import { lanes } from './test/support/lanes.ts';

// Kafka and Maxwell are started dozens of times, for a minute each: without the second compiler that takes half the
// processor time.
process.env['JAVA_TOOL_OPTIONS'] ??= '-XX:TieredStopAtLevel=1';

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

/** Suites that need real servers run one file after another, or in lanes where no file shares a server with another. */
const withServers = { fileParallelism: false, hookTimeout: 600_000 };
const inLanes = {
  ...withServers,
  fileParallelism: true,
  maxWorkers: lanes,
  env: { ALIR_TEST_FROM: 'build' },
};

export default defineConfig({
  test: {
    projects: [
      suite('unit', 1, { testTimeout: 60_000 }),
      suite('conventions', 1, { testTimeout: 60_000 }),
      suite('workflow', 2, { ...withServers, testTimeout: 60_000 }),
      suite('replay', 3, { ...withServers, testTimeout: 60_000 }),
      // One stack for all files of a lane.
      suite('integration', 4, {
        ...inLanes,
        testTimeout: 180_000,
        globalSetup: 'test/support/stack-setup.ts',
      }),
      // What one of these files does to its servers, all others on the same would notice: each starts its own.
      suite('end-to-end', 5, {
        ...inLanes,
        testTimeout: 300_000,
        globalSetup: 'test/support/build-setup.ts',
      }),
      suite('chaos', 5, { ...inLanes, testTimeout: 600_000, globalSetup: 'test/support/build-setup.ts' }),
      // docker-compose.yml on a real engine; skipped where none can be had.
      suite('compose', 6, { ...withServers, testTimeout: 900_000 }),
    ],
  },
});
