import { createConnection } from 'mariadb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { driverOptions } from '../../../src/mysql/connection.ts';
import type { BatchCounts } from '../../../src/pipelines/counts.ts';
import type { AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import { lastJson, runCli, type CliResult } from '../../support/run-cli.ts';

let place: CdcPlace;
let alir: AlirChild;

const rows = (from: number): string =>
  `INSERT INTO items SELECT ${from} + a.i * 100 + b.i * 10 + c.i, CONCAT('item ', a.i, b.i, c.i), a.i ` +
  'FROM seed a, seed b, seed c';

beforeAll(async () => {
  place = await startCdcPlace();
  alir = await place.run();
  await place.inSource(
    'CREATE TABLE items (id INT PRIMARY KEY, name VARCHAR(40), n INT)',
    'CREATE TABLE seed (i INT PRIMARY KEY)',
    'INSERT INTO seed VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)',
    ...[0, 1000, 2000, 3000, 4000].map(rows),
  );
  await place.caughtUp();
});
afterAll(async () => {
  await alir?.end();
  await place?.close();
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir?.output.slice(-3000)}\n`));
});

function backfill(...args: string[]): Promise<CliResult> {
  return runCli(['backfill', 'run', '--pipeline', 'cdc', '--wait', '--json', ...args], {
    environment: place.environment,
    timeoutMs: 120_000,
  });
}

/** Statements of which the binlog, and so Maxwell, hears nothing. */
async function behindMaxwellsBack(...statements: readonly string[]): Promise<void> {
  const { source } = place.config;
  const root = { ...source, user: 'root', password: place.stack.secrets.root };
  const connection = await createConnection(driverOptions(root));
  await connection.query('SET SESSION sql_log_bin = 0');
  for (const statement of statements) await connection.query(statement);
  await connection.end();
}

const namesOf = async (...ids: number[]): Promise<(string | null)[]> =>
  (
    await place.inReplica<{ name: string | null }>(
      `SELECT name FROM items WHERE id IN (${ids.join(', ')}) ORDER BY id`,
    )
  ).map(({ name }) => name);

test('a range of keys is read from the source: both ends belong to it, and nothing else is touched', async () => {
  await behindMaxwellsBack(
    'DELETE FROM items WHERE id = 1000',
    "UPDATE items SET name = 'quiet' WHERE id = 2000",
  );
  await place.inReplica(
    'UPDATE items SET name = NULL WHERE id BETWEEN 900 AND 2100',
    'DELETE FROM items WHERE id BETWEEN 1500 AND 1509',
    "INSERT INTO items (id, name) VALUES (-5, 'surplus')",
  );
  const result = await backfill('--table', 'items', '--where-pk', '1000..2000');
  expect(result.code, result.stderr).toBe(0);
  const { state, counts } = lastJson(result) as { state: string; counts: BatchCounts };
  expect(state).toBe('completed');
  expect(counts).toMatchObject({ rows: 1_001, inserted: 10, deleted: 1 });
  expect(await namesOf(999, 1000, 1001, 1505, 2000, 2001)).toEqual([
    null,
    'item 001',
    'item 505',
    'quiet',
    null,
  ]);
  const whole = await backfill('--table', 'items', '--via', 'source', '--allow-deletes');
  expect(whole.code, whole.stderr).toBe(0);
  expect(await place.differences('items')).toEqual([]);
});

test('no event of before brings back what the reading has found gone, and live changes win', async () => {
  await behindMaxwellsBack('DELETE FROM items WHERE id BETWEEN 3000 AND 3009');
  const reading = backfill('--table', 'items', '--where-pk', '3000..', '--max-rows-per-second', '1000');
  for (let i = 0; i < 20; i += 1) {
    await place.inSource(`UPDATE items SET n = n + 1 WHERE id BETWEEN ${3010 + i * 90} AND ${3100 + i * 90}`);
  }
  const result = await reading;
  expect(result.code, result.stderr).toBe(0);
  await place.caughtUp();
  expect(await place.differences('items')).toEqual([]);
  const again = await backfill('--table', 'items', '--from-offset', '0');
  expect(again.code, again.stderr).toBe(0);
  expect(await place.differences('items')).toEqual([]);
});

test('more deletes than people expect stop it, until they are allowed', async () => {
  await place.inReplica(
    "INSERT INTO items (id, name) SELECT 100000 + a.i * 100 + b.i * 10 + c.i, 'surplus' " +
      'FROM seed a, seed b, seed c',
  );
  const refused = await backfill('--table', 'items', '--via', 'source');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('would delete more than');
  // The chunk that would delete them has changed nothing.
  expect(await place.inReplica('SELECT id FROM items WHERE id >= 100000')).toHaveLength(1_000);
  const allowed = await backfill('--table', 'items', '--via', 'source', '--allow-deletes');
  expect(allowed.code, allowed.stderr).toBe(0);
  expect(await place.differences('items')).toEqual([]);
});

test('what a reading cannot do is said in a sentence', async () => {
  const dry = await backfill('--table', 'items', '--via', 'source', '--dry-run');
  expect(dry.code).toBe(2);
  expect(dry.stderr).toContain('no dry run');
  const other = await backfill('--table', 'items', '--via', 'maxwell', '--dry-run');
  expect(other.code).toBe(2);
  expect(other.stderr).toContain('no dry run');
});
