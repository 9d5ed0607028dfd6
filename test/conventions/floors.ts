/**
 * The house, from the top down. A folder imports from itself and from what stands on a lower floor; two folders of one
 * floor know nothing of each other.
 */
export const floors: readonly (readonly string[])[] = [
  ['scripts'],
  ['src/cli'],
  ['src/lab', 'src/process'],
  ['src/http'],
  ['src/operations'],
  ['temporal'],
  ['src/backfill'],
  ['src/verify'],
  ['src/replica'],
  ['src/apply'],
  ['src/kafka', 'src/metadata'],
  ['src/pipelines', 'src/mysql'],
  ['src/cdc', 'src/config', 'src/observability'],
  ['src/errors'],
];

/** What these places import beside themselves: code that Temporal replays, and the contract with it. */
export const sandbox: Readonly<Record<string, readonly string[]>> = {
  'temporal/contract.ts': ['src/pipelines'],
  'temporal/redrive-contract.ts': ['temporal/contract.ts', 'src/pipelines'],
  'temporal/activity-options.ts': ['src/errors'],
  'temporal/workflows': [
    'temporal/contract.ts',
    'temporal/redrive-contract.ts',
    'temporal/activity-options.ts',
    'src/pipelines',
    'src/errors',
  ],
};

/** Each client library sits behind the folders whose work it is. */
export const ownedPackages: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['src/kafka'],
  '@platformatic/kafka': ['src/kafka'],
  '@prisma/client': ['src/mysql'],
  '@prisma/adapter-mariadb': ['src/mysql'],
  // Half a second to load: for processes that work, not for the client of every command.
  '@temporalio/worker': [
    'temporal/worker',
    'temporal/client/process-connection.ts',
    'temporal/activities',
    'src/process/runtime.ts',
    'scripts/bundle-workflows.ts',
  ],
  '@temporalio/workflow': ['temporal/workflows', 'temporal/activity-options.ts'],
  mariadb: ['src/mysql', 'src/lab/stack'],
  fastify: ['src/http'],
  'prom-client': ['src/observability'],
  piscina: ['src/process/backfill-thread'],
  commander: ['src/cli'],
};
