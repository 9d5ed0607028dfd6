import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';
import { replicaStates, type ReplicaStates } from '../../support/replica-states.ts';

let place: CdcPlace;
let replica: ReplicaStates;
let alir: AlirChild;

beforeAll(async () => {
  place = await startCdcPlace();
  replica = replicaStates(place);
  alir = await place.run();
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir?.output.slice(-3000)}\n`));
});
afterAll(async () => {
  await alir?.end();
  await place?.close();
});

describe('a table is read again when its definition may have changed what its rows store:', () => {
  test('two tables that exchange their names', async () => {
    await replica.replicated(
      'swap_',
      ['swap_live', 'swap_shadow'],
      'CREATE TABLE swap_live (id INT PRIMARY KEY, a VARCHAR(9))',
      'CREATE TABLE swap_shadow LIKE swap_live',
      "INSERT INTO swap_live VALUES (1, 'live'), (2, 'live')",
      "INSERT INTO swap_shadow VALUES (2, 'shadow'), (3, 'shadow')",
    );
    await place.inSource(
      'RENAME TABLE swap_live TO swap_tmp, swap_shadow TO swap_live, swap_tmp TO swap_shadow',
      "UPDATE swap_live SET a = 'after' WHERE id = 3",
    );
    await replica.untilEqual('swap_');
  });

  test('a column that goes and comes back with the same name, in one statement and in two', async () => {
    await replica.replicated(
      'again',
      ['again'],
      'CREATE TABLE again (id INT PRIMARY KEY, s VARCHAR(10), t VARCHAR(10))',
      "INSERT INTO again VALUES (1, 'former', 'former'), (2, 'former', 'former')",
    );
    await place.inSource('ALTER TABLE again DROP COLUMN s, ADD COLUMN s VARCHAR(10)');
    await replica.untilEqual('again');
    await place.inSource('ALTER TABLE again DROP COLUMN t', 'ALTER TABLE again ADD COLUMN t VARCHAR(10)');
    await replica.untilEqual('again');
  });

  test('a column that takes the name of one that goes', async () => {
    await replica.replicated(
      'taken',
      ['taken'],
      'CREATE TABLE taken (id INT PRIMARY KEY, total INT, total_new INT)',
      'INSERT INTO taken VALUES (1, 10, 100), (2, 20, 200)',
    );
    await place.inSource('ALTER TABLE taken DROP COLUMN total, RENAME COLUMN total_new TO total');
    await replica.untilEqual('taken');
  });

  test('computed columns, stored and virtual, of which the expression changes', async () => {
    await replica.replicated(
      'computed',
      ['computed'],
      'CREATE TABLE computed (id INT PRIMARY KEY, n INT, s INT AS (n + 1) STORED, v INT AS (n + 1) VIRTUAL)',
      'INSERT INTO computed (id, n) VALUES (1, 10), (2, 20)',
    );
    await place.inSource('ALTER TABLE computed MODIFY s INT AS (n + 2) STORED');
    await replica.untilEqual('computed');
    await place.inSource('ALTER TABLE computed DROP COLUMN v, ADD COLUMN v INT AS (n + 3) VIRTUAL');
    await replica.untilEqual('computed');
  });

  test('values that a lax server made fit', async () => {
    await replica.replicated(
      'lax',
      ['lax'],
      "CREATE TABLE lax (id INT PRIMARY KEY, n INT, s VARCHAR(20), i INT, e ENUM('a','b','c'))",
      "INSERT INTO lax VALUES (1, NULL, 'a long text', -5, 'c'), (2, 7, 'short', 5, 'a')",
    );
    await replica.asRoot(
      "SET SESSION sql_mode = ''",
      'ALTER TABLE lax MODIFY n INT NOT NULL',
      'ALTER TABLE lax MODIFY s VARCHAR(6)',
      'ALTER TABLE lax MODIFY i INT UNSIGNED',
      "ALTER TABLE lax MODIFY e ENUM('a','b')",
    );
    await replica.untilEqual('lax');
  });

  test('texts whose bytes get another character set by way of VARBINARY', async () => {
    await replica.replicated(
      'letters',
      ['letters'],
      'CREATE TABLE letters (id INT PRIMARY KEY, s VARCHAR(40) CHARACTER SET latin1)',
      "INSERT INTO letters VALUES (1, CONVERT(CONVERT(_utf8mb4'é ”' USING utf8mb4) USING binary)), (2, 'plain')",
    );
    await place.inSource(
      'ALTER TABLE letters MODIFY s VARBINARY(40)',
      'ALTER TABLE letters MODIFY s VARCHAR(40) CHARACTER SET utf8mb4',
      "INSERT INTO letters VALUES (3, 'é')",
    );
    await replica.untilEqual('letters');
  });

  test('partitions that are dropped, emptied or exchanged', async () => {
    await replica.replicated(
      'part',
      ['parted', 'part_other'],
      'CREATE TABLE parted (id INT PRIMARY KEY, a INT) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), ' +
        'PARTITION p1 VALUES LESS THAN (20), PARTITION p2 VALUES LESS THAN (30), PARTITION p3 VALUES LESS THAN MAXVALUE)',
      'CREATE TABLE part_other (id INT PRIMARY KEY, a INT)',
      'INSERT INTO parted VALUES (1, 1), (11, 1), (21, 1), (31, 1)',
      'INSERT INTO part_other VALUES (22, 2), (23, 2)',
    );
    await place.inSource('ALTER TABLE parted DROP PARTITION p0');
    await replica.untilEqual('part');
    await place.inSource('ALTER TABLE parted TRUNCATE PARTITION p1');
    await replica.untilEqual('part');
    await place.inSource('ALTER TABLE parted EXCHANGE PARTITION p2 WITH TABLE part_other');
    await replica.untilEqual('part');
  });

  test('a table that goes with its database and is made again with other rows', async () => {
    await replica.replicated(
      'reborn',
      ['reborn'],
      'CREATE TABLE reborn (id INT PRIMARY KEY, a INT)',
      'INSERT INTO reborn VALUES (1, 1), (2, 2)',
    );
    await place.inSource(
      'DROP TABLE reborn',
      'CREATE TABLE reborn (id INT PRIMARY KEY, a INT)',
      'INSERT INTO reborn VALUES (2, 20), (3, 30)',
    );
    await replica.untilEqual('reborn');
    const { database } = place.config.source;
    await replica.asRoot(
      'CREATE TABLE reborn_rows AS SELECT * FROM reborn',
      `DROP DATABASE ${database}`,
      `CREATE DATABASE ${database}`,
      `CREATE TABLE ${database}.reborn (id INT PRIMARY KEY, a INT)`,
      `INSERT INTO ${database}.reborn VALUES (3, 31), (4, 41)`,
    );
    await replica.untilEqual('reborn');
  });
});

test('a table that is altered more often than it is read becomes ready, and equal', async () => {
  const rows = Array.from({ length: 5_000 }, (_, id) => `(${id}, ${id})`).join(', ');
  await replica.replicated(
    'restless',
    ['restless'],
    'CREATE TABLE restless (id INT PRIMARY KEY, a INT)',
    `INSERT INTO restless VALUES ${rows}`,
  );
  const loads = (await replica.stateOf('restless'))?.loads ?? 0;
  const altered = new AbortController();
  const altering = (async () => {
    for (let i = 0; !altered.signal.aborted; i += 1)
      await place.inSource(
        `ALTER TABLE restless ADD COLUMN c${i % 20} INT NOT NULL DEFAULT ${i}`,
        'SELECT SLEEP(0.3)',
        `ALTER TABLE restless DROP COLUMN c${i % 20}`,
      );
  })();
  try {
    await vi.waitFor(async () => expect((await replica.stateOf('restless'))?.loads).toBeGreaterThan(loads), {
      timeout: 120_000,
    });
    await vi.waitFor(async () => expect((await replica.stateOf('restless'))?.state).toBe('ready'), {
      timeout: 90_000,
      interval: 100,
    });
  } finally {
    altered.abort();
    await altering;
  }
  await replica.untilEqual('restless');
});

test('nothing is read again for a change that keeps all values, once for ten that do not, and not after a restart', async () => {
  await replica.replicated(
    'calm',
    ['calm'],
    'CREATE TABLE calm (id INT PRIMARY KEY, s VARCHAR(20) NOT NULL, n INT)',
    "INSERT INTO calm VALUES (1, 'one', 1), (2, 'two', 2)",
  );
  const loads = (await replica.stateOf('calm'))?.loads ?? 0;
  await place.inSource(
    'ALTER TABLE calm ADD COLUMN c INT NULL',
    'ALTER TABLE calm MODIFY s VARCHAR(200) NOT NULL',
    'ALTER TABLE calm ADD INDEX by_n (n)',
    'ALTER TABLE calm RENAME INDEX by_n TO by_number',
    "ALTER TABLE calm COMMENT 'quiet'",
    "INSERT INTO calm VALUES (3, 'three', 3, 33)",
  );
  await place.caughtUp(120_000);
  await replica.untilEqual('calm');
  // A later change of another table that does ask: when it has been read, what came before has been judged.
  await place.inSource(
    'CREATE TABLE calm_mark (id INT PRIMARY KEY, a INT)',
    'INSERT INTO calm_mark VALUES (1, 1)',
  );
  await replica.untilState('ready', 'calm_mark');
  const marks = (await replica.stateOf('calm_mark'))?.loads ?? 0;
  await place.inSource('ALTER TABLE calm_mark ADD COLUMN b INT NOT NULL DEFAULT 5');
  await vi.waitFor(
    async () =>
      expect(await replica.stateOf('calm_mark')).toMatchObject({ loads: marks + 1, state: 'ready' }),
    { timeout: 120_000 },
  );
  expect((await replica.stateOf('calm'))?.loads).toBe(loads);

  const ten = Array.from(
    { length: 10 },
    (_, i) => `ALTER TABLE calm ADD COLUMN t${i} INT NOT NULL DEFAULT ${i}`,
  );
  await place.inSource(...ten);
  await replica.untilEqual('calm:');
  await replica.untilState('ready', 'calm');
  expect((await replica.stateOf('calm'))?.loads).toBe(loads + 1);

  await alir.end();
  alir = await place.run();
  await place.inSource('ALTER TABLE calm_mark ADD COLUMN d INT NOT NULL DEFAULT 6');
  await vi.waitFor(
    async () =>
      expect(await replica.stateOf('calm_mark')).toMatchObject({ loads: marks + 2, state: 'ready' }),
    { timeout: 120_000 },
  );
  expect((await replica.stateOf('calm'))?.loads).toBe(loads + 1);
});
