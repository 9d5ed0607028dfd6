import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mariadb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { planBackfill } from '../../../src/backfill/plan.ts';
import { selectorOf } from '../../../src/backfill/selector.ts';
import { driverOptions } from '../../../src/mysql/connection.ts';
import type { BatchCounts } from '../../../src/pipelines/counts.ts';
import type { AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import { isFull } from '../../support/full.ts';
import { lastJson, runCli, type CliResult } from '../../support/run-cli.ts';

let place: CdcPlace;
let alir: AlirChild;

beforeAll(async () => {
  place = await startCdcPlace();
  alir = await place.run();
  await place.inSource(
    'CREATE TABLE items (id INT PRIMARY KEY, name VARCHAR(40), n INT)',
    'CREATE TABLE times (id INT PRIMARY KEY, t TIME(3), b BIT(40), y YEAR)',
    'CREATE TABLE pairs (a VARCHAR(20), b INT, v INT, PRIMARY KEY (a, b))',
    'CREATE TABLE seed (i INT PRIMARY KEY)',
    'INSERT INTO seed VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)',
    "INSERT INTO items SELECT a.i * 100 + b.i * 10 + c.i, CONCAT('item ', a.i, b.i, c.i), a.i FROM seed a, seed b, seed c",
    "INSERT INTO times SELECT i, '12:30:15', NULL, 2026 FROM seed",
    "INSERT INTO pairs SELECT CONCAT('it''s ', a.i, ' é'), b.i, 1 FROM seed a, seed b",
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

function cli(action: string, ...args: string[]): Promise<CliResult> {
  return runCli(['backfill', action, ...args], { environment: place.environment, timeoutMs: 170_000 });
}

const through = (...args: string[]): Promise<CliResult> =>
  cli('run', '--pipeline', 'cdc', '--via', 'maxwell', '--wait', '--json', ...args);

async function asRoot(...statements: readonly string[]): Promise<void> {
  const root = { ...place.config.source, user: 'root', password: place.stack.secrets.root };
  const connection = await createConnection(driverOptions(root));
  await connection.query('SET SESSION sql_log_bin = 0');
  for (const statement of statements) await connection.query(statement);
  await connection.end();
}

interface Asked {
  readonly id: number;
  readonly clause: string;
  readonly complete: number;
}

/** What Maxwell has been asked for by a backfill. */
const askedBy = (id: string): Promise<Asked[]> =>
  place.inSource<Asked>(
    'SELECT id, where_clause AS clause, is_complete AS complete FROM maxwell.bootstrap ' +
      `WHERE where_clause LIKE '%${id}%' ORDER BY id`,
  );

async function until(what: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 1_200; looks += 1) {
    if (await what()) return;
    await delay(100);
  }
  throw new Error('it has not come');
}

async function start(...args: string[]): Promise<string> {
  const result = await cli('run', '--pipeline', 'cdc', '--via', 'maxwell', '--json', ...args);
  expect(result.code, result.stderr).toBe(0);
  return (lastJson(result) as { id: string }).id;
}

async function statusOf(id: string): Promise<{ state: string; reason: string | null; counts: BatchCounts }> {
  return lastJson(await cli('status', id, '--json')) as never;
}

const idOf = (result: CliResult): string => (lastJson(result) as { id: string }).id;

test('a range of keys comes through Maxwell, both ends included, and nothing is deleted', async () => {
  await place.inReplica(
    'UPDATE items SET name = NULL WHERE id BETWEEN 90 AND 410',
    'DELETE FROM items WHERE id BETWEEN 150 AND 159',
    "INSERT INTO items (id, name) VALUES (5000, 'surplus')",
  );
  const result = await through('--table', 'items', '--where-pk', '100..400');
  expect(result.code, result.stderr).toBe(0);
  const { state, counts } = lastJson(result) as { state: string; counts: BatchCounts };
  expect(state).toBe('completed');
  // Beside the rows there are the two marks of the bootstrap.
  expect(counts).toMatchObject({ rows: 303, inserted: 10, updated: 291, ignored: 2, deleted: 0 });
  expect(await place.inReplica('SELECT id FROM items WHERE name IS NULL')).toHaveLength(20);
  const whole = await through('--table', 'items', '--max-rows-per-second', '400');
  expect(whole.code, whole.stderr).toBe(0);
  expect(await askedBy(idOf(whole))).toHaveLength(3);
  await place.inReplica('DELETE FROM items WHERE id = 5000');
  expect(await place.differences('items')).toEqual([]);
});

test('keys of several columns, with signs that SQL has a meaning for', async () => {
  await place.inReplica('UPDATE pairs SET v = 9');
  const keys = '["it\'s 2 é","3"]..["it\'s 7 é","4"]';
  const result = await through('--table', 'pairs', '--where-pk', keys);
  expect(result.code, result.stderr).toBe(0);
  const [left] = await place.inReplica<{ n: bigint }>('SELECT COUNT(*) AS n FROM pairs WHERE v = 1');
  expect(Number(left?.n)).toBe(52);
  const whole = await through('--table', 'pairs', '--max-rows-per-second', '40');
  expect(whole.code, whole.stderr).toBe(0);
  expect(await place.differences('pairs')).toEqual([]);
});

test('a worker is killed: the chunk goes on, and no rows are asked for twice', async () => {
  await place.inReplica('UPDATE items SET name = NULL');
  const id = await start('--table', 'items', '--max-rows-per-second', '150');
  await until(async () => (await askedBy(id)).length >= 2);
  await alir.end('SIGKILL');
  alir = await place.run();
  await until(async () => (await place.stateOf(id)) !== 'running');
  expect(await statusOf(id)).toMatchObject({ state: 'completed' });
  const asked = await askedBy(id);
  expect(new Set(asked.map(({ clause }) => clause)).size).toBe(asked.length);
  expect(asked).toHaveLength(7);
  expect(asked.every(({ complete }) => complete === 1)).toBe(true);
  expect(await place.differences('items')).toEqual([]);
}, 400_000);

test('paused, resumed, cancelled: what Maxwell was asked for is taken back', async () => {
  const id = await start('--table', 'items', '--max-rows-per-second', '20');
  expect((await cli('pause', id)).code).toBe(0);
  await until(async () => (await place.stateOf(id)) === 'paused');
  const second = await through('--table', 'items', '--where-pk', '0..5');
  expect(second.code).toBe(1);
  expect(second.stderr).toContain('one backfill at a time');
  await place.stack.stop('maxwell');
  const before = await askedBy(id);
  expect((await cli('resume', id)).code).toBe(0);
  await until(async () => (await askedBy(id)).length > before.length);
  expect((await cli('cancel', id)).code).toBe(0);
  await until(async () => (await place.stateOf(id)) !== 'running');
  expect(await statusOf(id)).toMatchObject({ state: 'cancelled' });
  expect(await askedBy(id)).toEqual(before);
  await place.stack.start('maxwell');
});

// The minute, and what ends a bootstrap, without a Maxwell: test/unit/backfill/maxwell/follow-bootstrap.test.ts.
test.runIf(isFull)(
  'Maxwell does not run: it is waited for a minute, and then said',
  async () => {
    await place.stack.stop('maxwell');
    const result = await through('--table', 'items', '--where-pk', '0..5');
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('Maxwell has not begun the bootstrap');
    expect(result.stderr).toContain('--via source');
    await place.stack.start('maxwell');
    expect(await place.inSource('SELECT id FROM maxwell.bootstrap WHERE is_complete = 0')).toEqual([]);
  },
  400_000,
);

test('a time that Maxwell cannot read is refused where it is seen', async () => {
  await place.inSource("INSERT INTO times VALUES (100, '-12:30:15', NULL, NULL)");
  const refused = await through('--table', 'times');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('times.t holds a time below zero');
  expect(refused.stderr).toContain('--via source');
  const planned = await cli(
    'plan',
    '--pipeline',
    'cdc',
    '--via',
    'maxwell',
    '--table',
    'times',
    '--where-pk',
    '..50',
  );
  expect(planned.stdout).toContain('A bootstrap mixes up the bytes');
  expect(planned.stdout).toContain('A bootstrap reads 0000 as 2000');
  expect(planned.stdout).toContain('deletes nothing');
  const rest = await through('--table', 'times', '--where-pk', '..50');
  expect(rest.code, rest.stderr).toBe(0);
  await place.inSource('DELETE FROM times WHERE id = 100');
});

test.runIf(isFull)(
  'a time that comes after the plan ends the bootstrap, and the stream of changes goes on',
  async () => {
    const id = await start('--table', 'times', '--max-rows-per-second', '1');
    await place.inSource("INSERT INTO times VALUES (200, '838:59:59', NULL, NULL)");
    await until(async () => (await place.stateOf(id)) !== 'running');
    const { state, reason } = await statusOf(id);
    expect(state).toBe('failed');
    expect(reason).toContain('it cannot read one of the rows');
    expect(reason).toContain('--via source');
    expect(await place.inSource('SELECT id FROM maxwell.bootstrap WHERE is_complete = 0')).toEqual([]);
    await place.inSource(
      "UPDATE items SET name = 'live' WHERE id = 1",
      'INSERT INTO times (id) VALUES (300)',
    );
    await place.caughtUp();
    expect(await place.inReplica('SELECT id FROM times WHERE id = 300')).toHaveLength(1);
  },
  400_000,
);

test('a table that Alir may not read is planned as one piece; one that is not there is refused', async () => {
  await asRoot(
    "CREATE USER 'blind'@'%' IDENTIFIED WITH mysql_native_password BY 'blind'",
    "GRANT REFERENCES ON app_producer.* TO 'blind'@'%'",
    "GRANT SELECT, INSERT, DELETE ON maxwell.* TO 'blind'@'%'",
  );
  const { brokers, database, config } = place;
  const source = { ...config.source, user: 'blind', password: 'blind' };
  const blind = { brokers, database, source, replicaDatabase: config.settings.MYSQL_REPLICA_DATABASE };
  const plan = (table: string) =>
    planBackfill(
      blind,
      selectorOf({ pipeline: 'cdc', table, wherePk: '1..9' }, { now: Date.now(), usualZone: 'UTC' }),
      {
        via: 'maxwell',
      },
    );
  const { warnings } = await plan('items');
  expect(warnings?.join('\n')).toContain('in one piece');
  await expect(plan('times')).rejects.toMatchObject({ code: 'USAGE' });
  await expect(plan('nothing')).rejects.toMatchObject({ code: 'USAGE' });
  await asRoot("DROP USER 'blind'@'%'");
});
