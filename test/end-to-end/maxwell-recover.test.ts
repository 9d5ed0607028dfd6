import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { getsOn } from '../../src/operations/maxwell/health.ts';
import type { AlirChild as Alir } from '../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../support/cdc-place.ts';
import { replicaStates, type ReplicaStates } from '../support/replica-states.ts';
import { isFull } from '../support/full.ts';
import { lastJson, runCli, type CliResult } from '../support/run-cli.ts';

let place: CdcPlace;
let replica: ReplicaStates;
let alir: Alir;
let rows = 0;

beforeAll(async () => {
  place = await startCdcPlace();
  replica = replicaStates(place);
  alir = await place.run();
  await replica.replicated(
    'kept',
    ['kept'],
    'CREATE TABLE kept (id INT PRIMARY KEY, n INT, note VARCHAR(40))',
    "INSERT INTO kept VALUES (1, 1, 'a'), (2, 2, 'b')",
  );
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir?.output.slice(-3000)}\n`));
});
afterAll(async () => {
  await alir?.end();
  await place?.close();
});

const recover = (...flags: readonly string[]): Promise<CliResult> =>
  runCli(['maxwell', 'recover', ...flags], { environment: environment(), timeoutMs: 400_000 });

/** With the stack's name: its Maxwell is one that Alir has started. */
function environment(): Record<string, string> {
  return { ...place.environment, ALIR_STACK: place.stack.files.name };
}

const untilStopped = (): Promise<unknown> =>
  vi.waitFor(() => expect(place.stack.pid('maxwell')).toBeNull(), { timeout: 120_000, interval: 200 });

/** Changes that Maxwell never tells, then the way on, then changes that it does. */
async function goesOn(...flags: readonly string[]): Promise<void> {
  rows += 10;
  await place.inSource(
    `INSERT INTO kept (id, n) VALUES (${rows}, 1), (${rows + 1}, 1)`,
    `UPDATE kept SET n = n + 1 WHERE id = ${rows}`,
    `DELETE FROM kept WHERE id = ${rows - 9}`,
  );
  const result = await recover('--yes', '--json', ...flags);
  expect(result.code, result.stderr).toBe(0);
  expect(lastJson(result)).toMatchObject({ recovered: true });
  await replica.untilEqual('');
  await place.inSource(
    `UPDATE kept SET n = 7 WHERE id = ${rows}`,
    `INSERT INTO kept (id, n) VALUES (${rows + 2}, 3)`,
  );
  await place.caughtUp(120_000);
  await replica.untilEqual('');
  await replica.untilState('ready', 'kept');
}

/** Of each kind one is tried always: in a row's table, in a definition, in a transaction. */
const kinds: ReadonlySet<string> = new Set(['a table named with a space', 'RENAME of a view', 'XA']);
const stops = [
  [
    'a table named with a space',
    ['CREATE TABLE `a b` (id INT PRIMARY KEY)', 'INSERT INTO `a b` VALUES (1)'],
    ['DROP TABLE `a b`'],
  ],
  [
    'a table named with $',
    ['CREATE TABLE `a$b` (id INT PRIMARY KEY)', 'INSERT INTO `a$b` VALUES (1)'],
    ['DROP TABLE `a$b`'],
  ],
  [
    'RENAME of a view',
    ['CREATE VIEW seen AS SELECT * FROM kept', 'RENAME TABLE seen TO shown'],
    ['DROP VIEW shown'],
  ],
  ['SRID', ['CREATE TABLE places (id INT PRIMARY KEY, p POINT NOT NULL SRID 0)'], ['DROP TABLE places']],
  [
    'XA',
    [
      "XA START 'x'",
      'INSERT INTO kept (id) VALUES (900001)',
      "XA END 'x'",
      "XA PREPARE 'x'",
      "XA COMMIT 'x'",
    ],
    ['DO 0'],
  ],
  [
    'a comment before CREATE INDEX',
    ['# an index\nCREATE INDEX by_n ON kept (n)'],
    ['DROP INDEX by_n ON kept'],
  ],
  [
    'a comment of several lines before CREATE INDEX',
    ['/* an\nindex */ CREATE INDEX by_note ON kept (note)'],
    ['DROP INDEX by_note ON kept'],
  ],
  [
    'EXCHANGE PARTITION with a table of a database',
    [
      'CREATE TABLE parted (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION p VALUES LESS THAN (9))',
      'CREATE TABLE plain (id INT PRIMARY KEY)',
      'ALTER TABLE parted EXCHANGE PARTITION p WITH TABLE app_producer.plain',
    ],
    ['INSERT INTO parted VALUES (1)', 'INSERT INTO plain VALUES (2)'],
  ],
  ['FIXED', ['CREATE TABLE fixed_ (id INT PRIMARY KEY, a FIXED(10,3))'], ['DROP TABLE fixed_']],
  ['DEC', ['CREATE TABLE dec_ (id INT PRIMARY KEY, a DEC(10,3))'], ['DROP TABLE dec_']],
] as const;

test('a Maxwell that gets on is left alone', async () => {
  await vi.waitFor(
    async () => expect((await recover('--yes')).stderr).toContain('Maxwell is making progress'),
    {
      timeout: 60_000,
    },
  );
  expect((await recover('--yes')).code).toBe(2);
});

test.each(stops.filter(([name]) => isFull || kinds.has(name)))('%s', async (_, statements, afterwards) => {
  await place.inSource(...statements);
  await untilStopped();
  await place.inSource(...afterwards);
  await goesOn();
});

test.runIf(isFull)('an UPDATE under PARTIAL_JSON, at which Maxwell stands still and runs on', async () => {
  await replica.replicated(
    'papers',
    ['papers'],
    'CREATE TABLE papers (id INT PRIMARY KEY, j JSON)',
    `INSERT INTO papers VALUES (1, '{"a": "${'x'.repeat(200)}", "b": 1}')`,
  );
  const { database } = place.config.source;
  await replica.asRoot(
    "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'",
    `UPDATE ${database}.papers SET j = JSON_SET(j, '$.b', 2)`,
  );
  // Longer than a heartbeat is awaited: until then it counts as one that gets on.
  await vi.waitFor(async () => expect(await getsOn(place.config.source)).toBe(false), {
    timeout: 120_000,
    interval: 1_000,
  });
  await goesOn();
});

test.each([
  ['DEFAULT (expression)', 'CREATE TABLE never (id INT PRIMARY KEY, a INT DEFAULT (1 + 1))'],
  ['DROP CHECK', 'ALTER TABLE kept DROP CHECK kept_chk_1'],
  ['an INVISIBLE column', 'CREATE TABLE never (id INT PRIMARY KEY, a INT INVISIBLE)'],
])('MySQL 8.0.12 does not know %s', async (_, statement) => {
  await expect(place.inSource(statement)).rejects.toThrow('SQL syntax');
});
