import { expect, test, vi } from 'vitest';
import { ok, servers, type Check, type Server } from '../../../../src/operations/doctor/check.ts';
import type { DoctorContext } from '../../../../src/operations/doctor/context.ts';
import { runChecks } from '../../../../src/operations/doctor/run-checks.ts';
import { AlirError } from '../../../../src/errors/alir-error.ts';

// A stack that happens to run from this folder would change what is advised.
vi.mock(import('../../../../src/config/running-stack.ts'), async (original) => ({
  ...(await original()),
  runningStackNames: () => [],
}));

const context = {} as DoctorContext;

function check(name: string, needs: readonly Server[], run: Check['run']): Check {
  return { name, area: 'Kafka', needs, run };
}

const fine = (name: string, needs: readonly Server[] = []) =>
  check(name, needs, () => Promise.resolve([ok(`${name}.`)]));

const failing = (name: string, error: Error, needs: readonly Server[] = []) =>
  check(name, needs, () => Promise.reject(error));

const reach = (changes: Partial<Record<Server, Check>> = {}) => ({
  ...(Object.fromEntries(servers.map((server) => [server, fine(server)])) as Record<Server, Check>),
  ...changes,
});

async function run(others: readonly Check[], changes: Partial<Record<Server, Check>> = {}, limitMs = 5_000) {
  const { results, reached } = await runChecks(context, { reach: reach(changes), others }, limitMs);
  return { results: results.slice(servers.length), all: results, reached };
}

test('a server that is away is one problem, and what needs it is skipped; the rest goes on', async () => {
  const away = failing('kafka', new AlirError('KAFKA_UNAVAILABLE', 'connect ECONNREFUSED'));
  const { all, results, reached } = await run([fine('lag', ['kafka']), fine('tables', ['source'])], {
    kafka: away,
  });
  expect(all[0]).toMatchObject({ level: 'problem', found: 'connect ECONNREFUSED.' });
  expect(all[0]?.todo).toContain('KAFKA_BROKERS');
  expect(results.map(({ level }) => level)).toEqual(['skipped', 'ok']);
  expect(reached).toEqual(['target', 'source', 'temporal']);
});

test('a server that refuses to let us in is a problem; a check that may not see something is skipped', async () => {
  const refused = new AlirError('MYSQL_ACCESS_DENIED', 'MySQL refuses access: SELECT command denied');
  const { all, results } = await run([failing('grants', refused, ['target'])], {
    source: failing('source', refused),
  });
  expect(all[2]).toMatchObject({ name: 'source', level: 'problem' });
  expect(results).toMatchObject([{ name: 'grants', level: 'skipped' }]);
});

test('a check that throws is a problem, and hides no other', async () => {
  const { results } = await run([failing('broken', new Error('boom')), fine('other')]);
  expect(results).toMatchObject([
    { name: 'broken', level: 'problem', found: 'boom.' },
    { name: 'other', level: 'ok' },
  ]);
});

test('a check that never ends is told as such', async () => {
  const endless = check('endless', [], () => new Promise(() => undefined));
  const { results } = await run([endless, fine('other')], {}, 20);
  expect(results).toMatchObject([
    { name: 'endless', level: 'problem', found: 'No answer within 0.02 s.' },
    { name: 'other', level: 'ok' },
  ]);
});

test('nothing answers', async () => {
  const away = failing('away', new Error('away'));
  const { reached } = await run([], { kafka: away, target: away, source: away, temporal: away });
  expect(reached).toEqual([]);
});
