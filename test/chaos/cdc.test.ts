import { randomInt } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { sumCounts } from '../../src/metadata/batches.ts';
import { listTableStates } from '../../src/metadata/table-states.ts';
import type { ServiceName } from '../../src/lab/stack/engine.ts';
import { startCdcPlace, type CdcPlace } from '../support/cdc-place.ts';
import { unexpectedLetters } from '../cdc/unexpected-letters.ts';
import type { Workload } from '../cdc/workload.ts';
import { isFull } from '../support/full.ts';

let place: CdcPlace;

async function startPlace(batchRows: number): Promise<void> {
  const settings = { ALIR_BATCH_MAX_ROWS: String(batchRows) };
  // Maxwell ends by itself when its servers are away for long.
  place = await startCdcPlace({ restart: true, settings });
  onTestFinished(() => place.close());
}

/** A seed that is told, so that a run that fails can be had again. */
function newSeed(): number {
  const seed = Number(process.env['ALIR_TEST_SEED'] ?? randomInt(1, 1_000_000));
  process.stderr.write(`Seed ${seed}\n`);
  return seed;
}

/** Resolves when Alir has applied that many batches more: breaking is keyed on progress, not on time. */
async function applied(batches: number): Promise<void> {
  const count = () => place.database.etlBatch.count({ where: { pipeline: 'cdc' } });
  const before = await count();
  await expect.poll(count, { timeout: 120_000, interval: 50 }).toBeGreaterThan(before + batches);
}

/** Does that many steps; a server that is away is waited for by the caller. */
async function work(workload: Workload, steps: number): Promise<void> {
  const until = workload.summary.steps + steps;
  await workload.run((summary) => summary.steps >= until);
}

/** @param run what tells a run that fails from others */
async function expectEqual(run: string): Promise<void> {
  await place.caughtUp(180_000);
  expect(await place.differences(), run).toEqual([]);
  expect(await unexpectedLetters(place.database), run).toEqual([]);
  const { counts } = await sumCounts(place.database, 'cdc');
  const { rows, ...outcomes } = counts;
  expect(Object.values(outcomes).reduce((sum, figure) => sum + figure, 0)).toBe(rows);
}

test('Alir, Maxwell, the broker and MySQL are killed in turn during the work: the replica is equal', async () => {
  const seed = newSeed();
  await startPlace(100);
  const workload = place.workload(seed, { largeRows: 500 });
  await workload.prepare();
  await work(workload, 20);
  let alir = await place.run();
  const rounds = isFull ? 2 : 1;
  for (let round = 1; round <= rounds; round++) {
    const working = work(workload, 60);
    await applied(5);
    await alir.end('SIGKILL');
    await working;
    alir = await place.run();

    for (const service of ['maxwell', 'kafka'] as const) {
      await work(workload, 20);
      await applied(3);
      await place.stack.kill(service);
      await work(workload, 20);
      await place.stack.start(service);
    }

    await work(workload, 10);
    await applied(3);
    const cut = expect(work(workload, 10_000)).rejects.toMatchObject({ code: 'MYSQL_UNAVAILABLE' });
    await place.stack.kill('mysql');
    await cut;
    await place.stack.start('mysql');
    await work(workload, 20);
    await applied(3);
  }
  await workload.close();
  expect(workload.summary.repeated).toBeGreaterThanOrEqual(rounds);
  await expectEqual(`seed ${seed}`);
  expect(await alir.end()).toBe(0);
});

/** Rows of a table whose first reading takes many chunks. */
const manyRows = 60_000;

/** Resolves when that many rows of the table have been read, and not all. */
async function loaded(table: string, rows: number): Promise<void> {
  const load = async () => (await listTableStates(place.database)).find((state) => state.table === table);
  await expect
    .poll(async () => (await load())?.loadedRows ?? 0, { timeout: 120_000, interval: 20 })
    .toBeGreaterThan(rows);
  expect((await load())?.state).toBe('loading');
}

const servers = ['mysql', 'temporal', 'kafka'] as const satisfies readonly ServiceName[];

test.each(isFull ? ([...servers, 'alir'] as const) : (['mysql'] as const))(
  '%s killed while a table is read for the first time and changes: the replica is equal',
  async (victim) => {
    await startPlace(2000);
    await place.inSource(
      'CREATE TABLE read_first (id INT PRIMARY KEY AUTO_INCREMENT, n INT NOT NULL, note VARCHAR(200) NOT NULL)',
      "INSERT INTO read_first (n, note) VALUES (0, REPEAT('a', 150))",
      ...Array.from(
        { length: 16 },
        () => `INSERT INTO read_first (n, note) SELECT n + 1, note FROM read_first LIMIT ${manyRows / 2}`,
      ),
    );
    let alir = await place.run();
    const change = () =>
      place.inSource(
        "UPDATE read_first SET n = -1, note = 'diubah' WHERE id % 7 = 0",
        'DELETE FROM read_first WHERE id % 11 = 0',
        'UPDATE read_first SET id = -id WHERE id % 13 = 0',
      );
    await loaded('read_first', 4_000);
    // Cut off where MySQL is the victim: so it is done once more.
    const changing = change().catch(() => undefined);
    await loaded('read_first', 12_000);
    if (victim === 'alir') {
      await alir.end('SIGKILL');
      alir = await place.run();
    } else {
      await place.stack.kill(victim);
      await place.stack.start(victim);
    }
    await changing;
    await change();
    await expectEqual(victim);
    const [replica] = await place.inReplica<{ n: bigint }>('SELECT COUNT(*) AS n FROM read_first');
    expect(Number(replica?.n)).toBeGreaterThan(20_000);
    expect(await alir.end()).toBe(0);
  },
);
