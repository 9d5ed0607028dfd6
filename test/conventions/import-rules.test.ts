import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';

/**
 * Imports go one way. Each place may import from itself and from the places in its list; composition roots (the
 * command line, scripts, the worker) may import anything.
 */
const allowed: Record<string, readonly string[]> = {
  'src/errors': [],
  'src/config': ['src/errors'],
  'src/observability': ['src/config', 'src/errors'],
  'src/cdc': ['src/errors'],
  'src/pipelines': ['src/cdc', 'src/errors'],
  'src/kafka': ['src/config', 'src/errors', 'src/observability', 'src/cdc', 'src/pipelines'],
  'src/database': ['src/config', 'src/errors', 'src/observability', 'src/cdc', 'src/pipelines'],
  'src/backfill': ['src/config', 'src/errors', 'src/cdc', 'src/pipelines', 'src/kafka', 'src/database'],
  'src/http': ['src/config', 'src/errors', 'src/observability'],
  'src/stack': ['src/config', 'src/errors', 'src/observability', 'src/kafka'],
  'temporal/contract.ts': ['src/pipelines'],
  'temporal/activity-options.ts': ['src/errors'],
  'temporal/workflows': [
    'temporal/contract.ts',
    'temporal/activity-options.ts',
    'src/pipelines',
    'src/errors',
  ],
  'temporal/activities': [
    'temporal/contract.ts',
    'src/cdc',
    'src/pipelines',
    'src/errors',
    'src/observability',
  ],
};

/** Each client library sits behind one folder. */
const ownedPackages: Record<string, readonly string[]> = {
  kafkajs: ['src/kafka'],
  '@platformatic/kafka': ['src/kafka'],
  '@prisma/client': ['src/database'],
  '@prisma/adapter-mariadb': ['src/database'],
  // Half a second to load: for processes that work, not for the client of every command.
  '@temporalio/worker': [
    'temporal/worker/worker.ts',
    'temporal/worker/worker-loop.ts',
    'temporal/client/process-connection.ts',
    'temporal/worker/sdk-metrics.ts',
    'temporal/activities',
    'src/process/runtime.ts',
  ],
  '@temporalio/workflow': ['temporal/workflows', 'temporal/activity-options.ts'],
  mariadb: ['src/database', 'src/stack'],
  fastify: ['src/http'],
  'prom-client': ['src/observability'],
  piscina: ['src/cli/backfill-thread'],
};

const files = globSync(['src/**/*.ts', 'temporal/**/*.ts'], {
  cwd: projectRoot,
  ignore: ['src/mysql/generated/**'],
});

function importsOf(file: string): string[] {
  const text = readFileSync(join(projectRoot, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

function placeOf(file: string): string | undefined {
  return Object.keys(allowed).find((place) => file === place || file.startsWith(`${place}/`));
}

describe('imports go one way', () => {
  test.each(files.filter(placeOf))('%s', (file) => {
    const place = placeOf(file) ?? '';
    const permitted = [place, ...(allowed[place] ?? [])];
    const targets = importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => normalize(join(dirname(file), target)).replaceAll('\\', '/'));
    const wrong = targets.filter(
      (target) => !permitted.some((folder) => target === folder || target.startsWith(`${folder}/`)),
    );
    expect(wrong).toEqual([]);
  });
});

describe('a client library is imported in its own folder only', () => {
  test.each(Object.entries(ownedPackages))('%s', (name, folders) => {
    const users = files.filter((file) =>
      importsOf(file).some((target) => target === name || target.startsWith(`${name}/`)),
    );
    const outside = users.filter(
      (file) => !folders.some((folder) => file === folder || file.startsWith(`${folder}/`)),
    );
    expect(outside).toEqual([]);
  });
});
