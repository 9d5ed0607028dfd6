import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { listTableStates } from '../../../src/metadata/table-states.ts';
import { startAlir, type AlirChild } from '../../support/alir-process.ts';
import { startBreakingProxy, type BreakingProxy } from '../../support/breaking-proxy.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import { runCli } from '../../support/run-cli.ts';

let place: CdcPlace;
let proxy: BreakingProxy;
let alir: AlirChild;

beforeAll(async () => {
  place = await startCdcPlace();
  proxy = await startBreakingProxy(place.config.source);
  const address = { SOURCE_MYSQL_HOST: '127.0.0.1', SOURCE_MYSQL_PORT: String(proxy.port) };
  alir = await startAlir('run', { ...place.environment, ...address });
});
afterAll(async () => {
  await alir?.end();
  await proxy?.close();
  await place?.close();
});

async function stateOf(name: string) {
  return (await listTableStates(place.database)).find(({ table }) => table === name);
}

test('a reading waits for Maxwell, however often the connection is lost that asks where Maxwell stands', async () => {
  await place.inSource('CREATE TABLE emptied (id INT PRIMARY KEY)', 'INSERT INTO emptied VALUES (1), (2)');
  await place.caughtUp(120_000);
  await place.stack.stop('maxwell');
  const rows = Array.from({ length: 100 }, (_, index) => `(${index + 100})`).join(', ');
  await place.inSource(
    `INSERT INTO emptied VALUES ${rows}`,
    'TRUNCATE emptied',
    'INSERT INTO emptied VALUES (1)',
  );
  proxy.breakAt('positions', 6);
  const reload = await runCli(['replica', 'reload', 'emptied', '--allow-deletes'], {
    environment: place.environment,
  });
  expect(reload.code, reload.stderr).toBe(0);
  await vi.waitFor(
    async () => expect(proxy.broken() === 6 || (await stateOf('emptied'))?.state === 'ready').toBe(true),
    { timeout: 90_000, interval: 500 },
  );
  expect(await stateOf('emptied')).toMatchObject({ state: 'loading', loads: 2, loadedRows: 0 });
  await place.stack.start('maxwell');
  await place.caughtUp(120_000);
  expect(await place.differences('emptied:')).toEqual([]);
  expect(await place.inReplica('SELECT id FROM emptied')).toEqual([{ id: 1 }]);
});

test('a reload that would remove too much pauses the table, whose changes go on, until it is allowed', async () => {
  await place.inSource(
    'CREATE TABLE shrunk (id INT PRIMARY KEY, n INT)',
    'INSERT INTO shrunk VALUES (1, 1), (2, 1), (3, 1), (4, 1)',
  );
  await place.caughtUp(120_000);
  await place.inSource('TRUNCATE shrunk', 'INSERT INTO shrunk VALUES (4, 2)');
  await place.caughtUp(120_000);
  const { environment } = place;
  const refused = await runCli(['replica', 'reload', 'shrunk', '--wait'], { environment });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('LOAD_DELETES');
  expect(refused.stderr).toContain('--allow-deletes');
  expect(await stateOf('shrunk')).toMatchObject({ state: 'paused', isStopped: true });

  await place.inSource('INSERT INTO shrunk VALUES (5, 1)', 'UPDATE shrunk SET n = 3 WHERE id = 4');
  const live = () => place.inReplica('SELECT id, n FROM shrunk ORDER BY id');
  await vi.waitFor(async () => expect(await live()).toHaveLength(5), { timeout: 60_000, interval: 500 });
  expect(await live()).toContainEqual({ id: 4, n: 3 });

  const again = await runCli(['replica', 'reload', 'shrunk', '--wait'], { environment });
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('LOAD_DELETES');
  expect(await live()).toHaveLength(5);

  const allowed = await runCli(['replica', 'reload', 'shrunk', '--wait', '--allow-deletes'], { environment });
  expect(allowed.code, allowed.stderr).toBe(0);
  await place.caughtUp(120_000);
  expect(await place.differences('shrunk:')).toEqual([]);
});
