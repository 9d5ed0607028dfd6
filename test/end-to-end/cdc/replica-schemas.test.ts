import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { listTableStates } from '../../../src/metadata/table-states.ts';
import { withConnection } from '../../../src/mysql/server-connection.ts';
import { topicOf } from '../../../src/pipelines/cdc/cdc.ts';
import type { AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import { runCli } from '../../support/run-cli.ts';

let place: CdcPlace;
let alir: AlirChild;

beforeAll(async () => {
  place = await startCdcPlace();
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir?.output.slice(-3000)}\n`));
});
afterAll(async () => {
  await alir?.end();
  await place?.close();
});

const deadLettersOf = (table: string) =>
  place.database.etlDeadLetter.findMany({
    where: { topic: topicOf('app_producer', table) },
    select: { code: true, reason: true },
  });

test('rows from before, between and after ALTERs, all in flight when Alir starts, are a replica without poison', async () => {
  await place.inSource(
    "CREATE TABLE altered (id INT PRIMARY KEY, e ENUM('a','b','c'), n INT UNSIGNED, b BINARY(2), t DATETIME(6), " +
      's VARCHAR(20), gone INT, code INT)',
    "INSERT INTO altered VALUES (1, 'c', 4000000000, x'0100', '2026-11-25 08:00:00.123456', 'satu', 1, 17)",
    "INSERT INTO altered VALUES (2, 'a', 7, x'0102', '2026-11-25 08:00:00', 'dua', 2, 18)",
    "UPDATE altered SET n = 5, e = 'b', t = '2026-11-25 08:00:01' WHERE id = 1",
    "ALTER TABLE altered MODIFY e ENUM('b','a'), MODIFY n INT, MODIFY b BINARY(4), MODIFY t DATETIME",
    "INSERT INTO altered VALUES (3, 'a', -5, x'01020300', '2026-11-25 08:00:02', 'tiga', 3, 19)",
    'ALTER TABLE altered CHANGE s renamed VARCHAR(30), DROP COLUMN gone, ADD COLUMN added INT NOT NULL DEFAULT 5',
    "INSERT INTO altered VALUES (4, 'b', 1, x'04', '2026-11-25 08:00:03', 'empat', 20, 6)",
    'ALTER TABLE altered MODIFY code VARCHAR(20)',
    "UPDATE altered SET code = 'ABC' WHERE id = 4",
    'UPDATE altered SET n = n + 1 WHERE id = 2',
  );
  alir = await place.run();
  await place.caughtUp(120_000);
  expect(await place.differences('altered:')).toEqual([]);
  expect(await deadLettersOf('altered')).toEqual([]);
});

test('rows from around an ALTER of a table that is replicated are decoded by the schema of their time', async () => {
  await place.inSource(
    "CREATE TABLE kept (id INT PRIMARY KEY, e ENUM('a','b','c'), n INT UNSIGNED, b BINARY(2))",
    "INSERT INTO kept VALUES (1, 'a', 1, x'01')",
  );
  await place.caughtUp(120_000);
  await alir.end();
  await place.inSource(
    "INSERT INTO kept VALUES (2, 'c', 4000000000, x'0100')",
    "ALTER TABLE kept MODIFY e ENUM('c','b','a','d'), MODIFY n BIGINT, MODIFY b BINARY(4)",
    "INSERT INTO kept VALUES (3, 'd', -1, x'01020300')",
  );
  alir = await place.run();
  await place.caughtUp(120_000);
  expect(await place.differences('kept:')).toEqual([]);
  expect(await deadLettersOf('kept')).toEqual([]);
});

test('a partial row (binlog_row_image=MINIMAL) pauses its table with the remedy, until it is read again', async () => {
  await place.inSource(
    'CREATE TABLE partly (id INT PRIMARY KEY, a INT, b INT)',
    'INSERT INTO partly VALUES (1, 1, 1), (2, 2, 2)',
  );
  await place.caughtUp(120_000);
  const { source } = place.config;
  const root = { ...source, user: 'root', password: place.stack.secrets.root };
  await withConnection(root, async (connection) => {
    await connection.query("SET SESSION binlog_row_image = 'MINIMAL'");
    await connection.query('UPDATE partly SET a = 10 WHERE id = 1');
  });
  const stateOf = async () => (await listTableStates(place.database)).find(({ table }) => table === 'partly');
  await vi.waitFor(async () => expect(await stateOf()).toMatchObject({ state: 'paused' }), {
    timeout: 90_000,
    interval: 500,
  });
  expect((await stateOf())?.reason).toContain('binlog_row_image=FULL');
  const reload = await runCli(['replica', 'reload', 'partly', '--wait'], {
    environment: place.environment,
    timeoutMs: 120_000,
  });
  expect(reload.code, reload.stderr).toBe(0);
  await place.caughtUp(120_000);
  expect(await place.differences('partly:')).toEqual([]);
  expect(await deadLettersOf('partly')).toEqual([]);
  expect((await stateOf())?.state).toBe('ready');
});
