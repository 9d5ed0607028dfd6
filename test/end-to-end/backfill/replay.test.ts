import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sumCounts } from '../../../src/metadata/batches.ts';
import type { BatchCounts } from '../../../src/pipelines/counts.ts';
import type { AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import { lastJson, runCli, type CliResult } from '../../support/run-cli.ts';

let place: CdcPlace;
let alir: AlirChild;

beforeAll(async () => {
  place = await startCdcPlace();
  alir = await place.run();
  await place.inSource(
    'CREATE TABLE items (id INT PRIMARY KEY, name VARCHAR(40), price DECIMAL(10, 2), n INT)',
    'CREATE TABLE seed (i INT PRIMARY KEY)',
    'INSERT INTO seed VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)',
  );
  await place.caughtUp();
  // Only what comes after the first load is in the topic.
  for (let round = 0; round < 20; round += 1) {
    await place.inSource(
      'INSERT INTO items SELECT ' +
        `${round * 1000} + a.i * 100 + b.i * 10 + c.i, CONCAT('item ', a.i, b.i, c.i), a.i + 0.5, ${round} ` +
        'FROM seed a, seed b, seed c',
    );
  }
  await place.caughtUp();
});
afterAll(async () => {
  await alir?.end();
  await place?.close();
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir?.output.slice(-3000)}\n`));
});

interface Ended {
  readonly id: string;
  readonly state: string;
  readonly counts: BatchCounts;
  readonly offsets: number;
}

const all = ['--pipeline', 'cdc', '--table', 'items'];

function backfill(...args: string[]): Promise<CliResult> {
  return runCli(['backfill', ...args], { environment: place.environment, timeoutMs: 120_000 });
}

async function runToEnd(...args: string[]): Promise<Ended> {
  const result = await backfill('run', ...all, '--wait', '--json', ...args);
  expect(result.code, result.stderr).toBe(0);
  return lastJson(result) as Ended;
}

test('a column that was nulled by hand is restored by a replay, and nothing else changes', async () => {
  await place.inReplica('UPDATE items SET name = NULL WHERE id < 5000');
  const { state, counts, offsets } = await runToEnd();
  expect(state).toBe('completed');
  expect(counts).toMatchObject({ rows: offsets, updated: 5_000, inserted: 0, deadLettered: 0 });
  expect(await place.differences('items')).toEqual([]);
});

test('without --rewrite a row at the very position of its change stays as it is', async () => {
  await place.inReplica('UPDATE items SET name = NULL WHERE id < 10');
  const { counts } = await runToEnd('--no-rewrite');
  expect(counts).toMatchObject({ updated: 0, stale: counts.rows });
  expect(await place.differences('items')).not.toEqual([]);
  await runToEnd();
  expect(await place.differences('items')).toEqual([]);
});

test('a dry run says what would change, and changes nothing', async () => {
  await place.inReplica('UPDATE items SET price = 0 WHERE id < 300');
  const { counts } = await runToEnd('--dry-run');
  expect(counts.updated).toBe(300);
  expect(await place.differences('items')).not.toEqual([]);
  await runToEnd();
  expect(await place.differences('items')).toEqual([]);
});

test('paused, resumed, its worker killed: every row is counted once, and live changes of the same keys win', async () => {
  await place.inReplica('UPDATE items SET n = -1');
  // Slow enough that a command reaches it on a busy machine before it has ended.
  const started = await backfill('run', ...all, '--json', '--max-rows-per-second', '200');
  const { id } = lastJson(started) as Ended;
  expect((await backfill('pause', id)).code).toBe(0);
  await untilState(id, 'paused');
  await place.inSource("UPDATE items SET name = 'newer' WHERE id BETWEEN 3000 AND 3999");
  await alir.end('SIGKILL');
  alir = await place.run();
  expect((await backfill('resume', id)).code).toBe(0);
  expect((await backfill('rate', id, 'none')).code).toBe(0);
  await untilState(id, 'completed');
  await place.caughtUp();
  expect(await place.differences('items')).toEqual([]);
  const { counts } = lastJson(await backfill('status', id, '--json')) as Ended;
  const [audited] = await place.database.$queryRawUnsafe<{ n: unknown }[]>(
    'SELECT SUM(row_count) AS n FROM etl_batches WHERE run = ?',
    id,
  );
  expect(Number(audited?.n)).toBe(counts.rows);
  expect((await sumCounts(place.database, 'cdc')).counts.deadLettered).toBe(0);
});

test('two backfills of overlapping ranges do not run at once, and a cancelled one lets the next begin', async () => {
  const { id } = lastJson(await backfill('run', ...all, '--json', '--max-rows-per-second', '100')) as Ended;
  const second = await backfill('run', ...all);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(`BACKFILL_OVERLAPS: The backfill ${id} is running`);
  expect((await backfill('cancel', id)).code).toBe(0);
  await untilState(id, 'cancelled');
  expect((await runToEnd()).state).toBe('completed');
  const again = await backfill('pause', id);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('is cancelled');
  expect((await backfill('status', 'no-such-id')).stderr).toContain('There is no backfill no-such-id.');
});

async function untilState(id: string, state: string): Promise<void> {
  for (let looks = 0; looks < 1_200; looks += 1) {
    const found = await place.stateOf(id);
    if (found === state) return;
    if (['failed', 'completed'].includes(found)) break;
    await delay(100);
  }
  throw new Error(`the backfill ${id} is not ${state}`);
}
