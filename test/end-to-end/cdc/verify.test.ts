import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { TableReport } from '../../../src/operations/verify/verify-one.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import type { AlirChild } from '../../support/alir-process.ts';
import { lastJson, runCli, type CliResult } from '../../support/run-cli.ts';

let place: CdcPlace;
let alir: AlirChild;

beforeAll(async () => {
  place = await startCdcPlace();
  alir = await place.run();
});
afterAll(async () => {
  await alir?.end();
  await place?.close();
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir?.output.slice(-3000)}\n`));
});

interface Answer {
  readonly equal: boolean;
  readonly tables: readonly TableReport[];
}

async function verify(...args: readonly string[]): Promise<CliResult & { answer: Answer }> {
  const result = await runCli(['verify', '--json', ...args], {
    environment: place.environment,
    timeoutMs: 400_000,
  });
  return { ...result, answer: lastJson(result) as Answer };
}

const tables = (...names: readonly string[]): string[] => names.flatMap((name) => ['--table', name]);

/** 0, 1, … as a derived table with the column `i`. */
function numbers(count: number): string {
  const digits = `(${Array.from({ length: 10 }, (_, i) => `SELECT ${i} d`).join(' UNION ')})`;
  return `(SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS i FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e, ${digits} f HAVING i < ${count}) numbers`;
}

test('five kinds of damage are found with their keys and columns, and repaired while rows arrive', async () => {
  const columns =
    'id INT PRIMARY KEY, name VARCHAR(40) CHARACTER SET utf8mb4 NOT NULL, n DECIMAL(20,2), at DATETIME(3)';
  const names = ['deleted', 'changed', 'added', 'emptied', 'nulled'].map((name) => `damaged_${name}`);
  /** More than a repair by keys takes, and more than one chunk of a comparison. */
  const rows = 21_000;
  const fewer = 6_000;
  for (const name of names) {
    const count = ['damaged_emptied', 'damaged_nulled'].includes(name) ? rows : fewer;
    await place.inSource(
      `CREATE TABLE ${name} (${columns})`,
      `INSERT INTO ${name} SELECT i, CONCAT('toko ', i), i / 4, '2026-11-25 08:00:00.125' FROM ${numbers(count)}`,
    );
  }
  await place.caughtUp(180_000);
  const before = await verify(...tables(...names));
  expect(before.answer, before.stderr).toMatchObject({ equal: true });
  expect(before.code).toBe(0);

  await place.inReplica(
    'DELETE FROM damaged_deleted WHERE id IN (7, 4999, 5000, 5999)',
    "UPDATE damaged_changed SET name = 'lain', n = n + 1 WHERE id = 5001",
    "UPDATE damaged_changed SET name = 'lain' WHERE id = 3",
    "INSERT INTO damaged_added (id, name) VALUES (-1, 'a'), (25000, 'b')",
    'TRUNCATE TABLE damaged_emptied',
    'UPDATE damaged_nulled SET n = NULL',
  );
  const found = await verify(...tables(...names), '--show-values');
  expect(found.code).toBe(1);
  const [deleted, changed, added, emptied, nulled] = found.answer.tables;
  const nothing = { missing: 0, surplus: 0, different: 0, columns: {} };
  expect(deleted).toMatchObject({ ...nothing, rows: fewer, missing: 4 });
  expect(deleted?.keys.map(([id]) => id).sort()).toEqual(['4999', '5000', '5999', '7']);
  expect(changed).toMatchObject({ ...nothing, different: 2, columns: { name: 2, n: 1 } });
  expect(changed?.values).toContainEqual({ key: ['3'], columns: { name: ['toko 3', 'lain'] } });
  expect(added).toMatchObject({ ...nothing, surplus: 2 });
  expect(emptied).toMatchObject({ ...nothing, missing: rows });
  expect(emptied?.keys).toHaveLength(20);
  expect(nulled).toMatchObject({ ...nothing, different: rows, columns: { n: rows } });

  let goesOn = true;
  const traffic = (async () => {
    // As applications write: without a pause, the loop takes the processors that the repair needs.
    for (let id = 30_000; goesOn; id += 1, await delay(100))
      await place.inSource(
        ...names.map(
          (name) => `INSERT INTO ${name} VALUES (${id}, 'baru', 1, NULL), (${-id}, 'baru', 2, NULL)`,
        ),
      );
  })();
  const repaired = await verify(...tables(...names), '--repair');
  goesOn = false;
  await traffic;
  expect(repaired.answer, repaired.stderr).toMatchObject({ equal: true });
  expect(repaired.code).toBe(0);
  // The few differing rows are read by their keys, the many by a load.
  expect(repaired.answer.tables.map(({ repair }) => repair?.replace(/\d+$/, 'N'))).toEqual([
    '4 keys',
    '2 keys',
    '2 keys',
    'load N',
    'load N',
  ]);
  await place.caughtUp(180_000);
  expect(await place.differences('damaged_')).toEqual([]);
  const [row] = await place.inReplica<{ n: bigint }>(
    "SELECT COUNT(*) AS n FROM app_consumer.etl_verifications WHERE state = 'equal' AND verified_through > 0 AND repair IS NOT NULL",
  );
  expect(Number(row?.n)).toBe(5);
}, 1_200_000);

test('what Maxwell cannot carry and what no event tells of is found and repaired', async () => {
  await place.inSource(
    'CREATE TABLE unseen_values (id INT PRIMARY KEY, t TIME, y YEAR)',
    'CREATE TABLE unseen_truncate (code VARCHAR(20) CHARACTER SET utf8mb4, at DATE, PRIMARY KEY (code, at))',
    "INSERT INTO unseen_truncate VALUES ('a', '2026-11-25'), ('b', '2026-11-25'), ('ä', '2026-11-26')",
  );
  await place.caughtUp(120_000);
  await place.inSource(
    "INSERT INTO unseen_values VALUES (1, '-12:30:15', 0), (2, '100:00:00', 2026), (3, '01:00:00', 1999)",
    'TRUNCATE TABLE unseen_truncate',
    "INSERT INTO unseen_truncate VALUES ('c', '2026-11-25')",
  );
  await place.caughtUp(120_000);
  const found = await verify(...tables('unseen_values', 'unseen_truncate'));
  expect(found.answer.tables[0]).toMatchObject({ rows: 3, missing: 0, surplus: 0, different: 2 });
  expect(found.answer.tables[0]?.columns).toMatchObject({ t: 2 });
  expect(found.answer.tables[1]).toMatchObject({ rows: 1, missing: 0, surplus: 3, different: 0 });

  const refused = await verify(...tables('unseen_truncate'), '--repair');
  expect(refused.code).toBe(1);
  expect(refused.answer.tables[0]?.problem).toContain('--allow-deletes');
  const repaired = await verify(...tables('unseen_values', 'unseen_truncate'), '--repair', '--allow-deletes');
  expect(repaired.answer, repaired.stderr).toMatchObject({ equal: true });
  expect(await place.differences('unseen_')).toEqual([]);
}, 900_000);

test('a schedule compares a table without anybody, and repairs it', async () => {
  interface Schedules {
    readonly schedules: readonly {
      readonly table: string;
      readonly next: string | null;
      readonly last: { readonly id: string; readonly state: string } | null;
    }[];
  }
  const schedule = (...args: readonly string[]) =>
    runCli(['verify', 'schedule', ...args], { environment: place.environment });
  const listed = async () => (lastJson(await schedule('list', '--json')) as Schedules).schedules;
  await place.inSource(
    'CREATE TABLE again (id INT PRIMARY KEY, n INT)',
    `INSERT INTO again SELECT i, i FROM ${numbers(100)}`,
    'CREATE TABLE at_night (id INT PRIMARY KEY)',
  );
  await place.caughtUp(120_000);
  const made = await schedule('create', '--table', 'again', '--every', '6h', '--repair', '--json');
  expect(lastJson(made), made.stderr).toMatchObject({
    schedules: [{ id: 'verify/cdc/again', table: 'again', when: 'every 6h', repair: true, last: null }],
  });
  const twice = await schedule('create', '--table', 'again', '--every', '1h');
  expect(twice.stderr).toContain('SCHEDULE_EXISTS: again has a schedule already.');
  expect(twice.code).toBe(1);
  const night = await schedule('create', '--table', 'at_night', '--at', '02:30', '--json');
  const [{ next } = { next: null }] = (lastJson(night) as Schedules).schedules;
  // Jakarta is seven hours ahead.
  expect(next, night.stderr).toMatch(/T19:30:00/);
  await expect.poll(async () => (await listed()).length, { timeout: 60_000, interval: 500 }).toBe(2);

  await place.inReplica('UPDATE again SET n = -1 WHERE id < 3');
  const asked = await schedule('run-now', '--table', 'again');
  expect(asked.code, asked.stderr).toBe(0);
  const last = async () => (await listed()).find(({ table }) => table === 'again')?.last;
  await expect.poll(last, { timeout: 120_000, interval: 1_000 }).toMatchObject({ state: 'equal' });
  const [row] = await place.inReplica<{ repair: string; n: bigint }>(
    `SELECT repair, (SELECT COUNT(*) FROM again WHERE n < 0) AS n FROM app_consumer.etl_verifications WHERE id = '${(await last())?.id}'`,
  );
  expect(row).toMatchObject({ repair: '3 keys', n: 0n });

  const [positions] = await place.inReplica<{ n: bigint }>(
    "SELECT COUNT(*) AS n FROM app_consumer.etl_batches WHERE first_position LIKE '%.%:%' AND last_position LIKE '%.%:%'",
  );
  expect(Number(positions?.n)).toBeGreaterThan(0);
  const status = await runCli(['status', '--json'], { environment: place.environment });
  const { pipelines } = lastJson(status) as { pipelines: { breaks: unknown[] }[] };
  expect(pipelines.flatMap(({ breaks }) => breaks)).toEqual([]);

  const away = await schedule('run-now', '--table', 'nowhere');
  expect(away.stderr).toContain('SCHEDULE_MISSING: nowhere has no schedule.');
  const vague = await schedule('delete');
  expect(vague.stderr).toContain('--table or --all is missing.');
  expect(vague.code).toBe(2);
  const deleted = await schedule('delete', '--all', '--json');
  expect(lastJson(deleted)).toEqual({ tables: ['again', 'at_night'] });
  await expect.poll(listed, { timeout: 60_000, interval: 500 }).toEqual([]);
}, 900_000);

test('a table that cannot be verified is a sentence', async () => {
  await place.inSource('CREATE TABLE keyless (n INT)', 'CREATE TABLE beside (id INT PRIMARY KEY)');
  await place.caughtUp(120_000);
  const run = (...args: readonly string[]) => runCli(['verify', ...args], { environment: place.environment });
  const keyless = await run('--table', 'keyless');
  expect(keyless.stderr).toContain('has no primary key');
  expect(keyless.code).toBe(3);
  const unknown = await run('--table', 'nowhere');
  expect(unknown.stderr).toContain('app_producer has no table named nowhere.');
  expect(unknown.code).toBe(2);
  const all = await verify();
  expect(all.answer, all.stderr).toMatchObject({ equal: true });
  expect(all.stderr).toContain('Not verified: app_producer.keyless');
  const away = await runCli(['verify'], {
    environment: { ...place.environment, SOURCE_MYSQL_PORT: '1' },
  });
  expect(away.stderr).toMatch(/^MYSQL_UNAVAILABLE: /m);
  expect(away.code).toBe(3);
}, 900_000);
