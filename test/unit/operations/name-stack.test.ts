import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { nameStack, speakOfStack } from '../../../src/operations/name-stack.ts';
import { remedyOf } from '../../../src/operations/other-stacks.ts';
import { AlirError } from '../../../src/errors/alir-error.ts';
import { stackNotRunning } from '../../../src/lab/stack/not-running.ts';

const before = process.cwd();
let folder: string;

/** An empty folder, and none of the settings that this process may have. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alir-names-'));
  process.chdir(folder);
  for (const name of ['ALIR_STACK', 'MYSQL_HOST', 'MYSQL_PORT', 'KAFKA_BROKERS', 'ALIR_ENGINE'])
    vi.stubEnv(name, '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  speakOfStack('default');
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

/** As a stack of this name leaves it while it runs. */
function runs(name: string): void {
  mkdirSync(join(folder, '.alir', name), { recursive: true });
  const file = join(folder, '.alir', name, 'stack.json');
  writeFileSync(file, JSON.stringify({ engine: 'native', supervisor: process.pid }));
}

test.each([
  ['Run: alir stack up', 'Run: alir stack up --name lab'],
  ['alir stack logs maxwell, alir stack up', 'alir stack logs --name lab maxwell, alir stack up --name lab'],
  ['alir stack up --mysql-port 0', 'alir stack up --name lab --mysql-port 0'],
  ['alir stack status --name other', 'alir stack status --name other'],
  ['npm run alir -- demo --keep', 'npm run alir -- demo --name lab --keep'],
  ['Run: alir build list', 'Run: ALIR_STACK=lab alir build list'],
  ['npm run alir -- status', 'ALIR_STACK=lab npm run alir -- status'],
  ['Run: alir verify --table t', 'Run: ALIR_STACK=lab alir verify --table t'],
  ['the table alirang waits', 'the table alirang waits'],
])('%j is %j for the stack lab', (text, named) => {
  expect(nameStack(text)).toBe(text);
  speakOfStack('lab');
  expect(nameStack(text)).toBe(named);
});

test.each([
  ['Run: alir stack up', 'Run: docker compose up --wait'],
  ['Run: alir run (or alir worker)', 'Run: docker compose up --wait'],
  ['Run: alir stack logs maxwell', 'Run: docker compose logs maxwell'],
  ['Run: alir build promote 2', 'Run: docker compose run --rm alir build promote 2'],
  ['npm run alir -- status', 'docker compose run --rm alir status'],
  [
    'Read again where alir run runs. See: alir status',
    'Read again where alir run runs. See: docker compose run --rm alir status',
  ],
  ['Start alir run, then plan again.', 'Start docker compose up --wait, then plan again.'],
])('%j is %j in a container of docker-compose.yml', (text, named) => {
  vi.stubEnv('ALIR_ENGINE', 'compose');
  expect(nameStack(text)).toBe(named);
});

test('a server that does not answer where nobody has set an address: the stack that runs was meant', () => {
  const error = new AlirError('MYSQL_UNAVAILABLE', 'connect ECONNREFUSED 127.0.0.1:3306');
  expect(remedyOf(error)).toBe(error.remedy);
  runs('lab');
  expect(remedyOf(error)).toBe(
    'The stack default is not running, but the stack lab is: set ALIR_STACK=lab, or run: alir stack up',
  );
  expect(remedyOf(new AlirError('TOPIC_MISSING', 'x'))).toBe(new AlirError('TOPIC_MISSING', 'x').remedy);
  vi.stubEnv('MYSQL_PORT', '3307');
  expect(remedyOf(error)).toBe(error.remedy);
});

test('a stack that does not run is told the command that starts it, and which others run', () => {
  expect(stackNotRunning('lab', 'is not running')).toMatchObject({
    code: 'STACK_NOT_RUNNING',
    remedy: 'Run: alir stack up --name lab',
  });
  runs('kept');
  expect(stackNotRunning('default', 'is not running', '--engine docker').remedy).toBe(
    'Run: alir stack up --engine docker, or name one that runs: --name kept',
  );
});
