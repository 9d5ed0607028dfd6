import { createConnection } from 'mariadb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { driverOptions } from '../../../src/mysql/connection.ts';
import { listDeadLetters } from '../../../src/metadata/dead-letters/read-letters.ts';
import { listTableStates, type TableState } from '../../../src/metadata/table-states.ts';
import type { AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';

let place: CdcPlace;
let alir: AlirChild | null = null;

beforeAll(async () => {
  place = await startCdcPlace();
});
afterAll(async () => {
  await alir?.end();
  await place?.close();
});
beforeEach(async ({ onTestFailed }) => {
  alir ??= await place.run();
  onTestFailed(() => void process.stderr.write(`${alir?.output.slice(-3000)}\n`));
});

/** Does something to the source while Alir is down. */
async function whileAlirIsDown(work: () => Promise<unknown>): Promise<void> {
  await alir?.end();
  alir = null;
  await work();
  alir = await place.run();
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

/** The replica's tables whose names begin so are their source's, which have that many rows. */
async function expectEqual(prefix: string, rows: Readonly<Record<string, number>>): Promise<void> {
  await place.caughtUp(60_000);
  expect(await place.differences(prefix)).toEqual([]);
  for (const [table, expected] of Object.entries(rows)) {
    const [counted] = await place.inReplica<{ n: bigint }>(`SELECT COUNT(*) AS n FROM ${table}`);
    expect(Number(counted?.n), table).toBe(expected);
  }
  const letters = await listDeadLetters(place.database, { pipeline: 'cdc' });
  expect(letters.filter(({ topic }) => topic.includes(`.${prefix}`))).toEqual([]);
}

async function stateOf(name: string): Promise<TableState | undefined> {
  return (await listTableStates(place.database)).find(({ table }) => table === name);
}

/** 0, 1, … as a derived table with the column `i`. */
function numbers(count: number): string {
  const digits = '(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)'; // prettier-ignore
  return (
    '(SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS i ' +
    `FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e HAVING i < ${count}) numbers`
  );
}

test('a key that changes only in case or in spaces at its end is one row with the new key', async () => {
  const table = (name: string, collation: string) =>
    `CREATE TABLE ${name} (code VARCHAR(20) CHARACTER SET utf8mb4 COLLATE ${collation} PRIMARY KEY, n INT)`;
  await place.inSource(
    table('case_padded', 'utf8mb4_general_ci'),
    table('case_unpadded', 'utf8mb4_0900_ai_ci'),
    "INSERT INTO case_padded VALUES ('abc', 1), ('def', 2), ('ghi ', 3), ('jkl', 4)",
    "INSERT INTO case_unpadded VALUES ('abc', 1), ('abc ', 2), ('é', 3)",
  );
  await place.caughtUp(60_000);
  await place.inSource(
    "UPDATE case_padded SET code = 'ABC' WHERE n = 1",
    "UPDATE case_padded SET code = 'def   ' WHERE n = 2",
    "UPDATE case_padded SET code = 'GHI', n = 33 WHERE n = 3",
    'BEGIN',
    "DELETE FROM case_padded WHERE code = 'jkl'",
    "INSERT INTO case_padded VALUES ('JKL ', 44)",
    'COMMIT',
    "UPDATE case_unpadded SET code = 'abc  ' WHERE n = 2",
    "UPDATE case_unpadded SET code = 'ABC' WHERE n = 1",
    "UPDATE case_unpadded SET code = 'E' WHERE n = 3",
  );
  await expectEqual('case_', { case_padded: 4, case_unpadded: 3 });
});

test('unique values and keys that change places in one transaction', async () => {
  await place.inSource(
    'CREATE TABLE swapped (id INT PRIMARY KEY, code VARCHAR(20) NULL, n INT NOT NULL, UNIQUE (code), UNIQUE (n))',
    "INSERT INTO swapped VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'd', 4)",
  );
  await place.caughtUp(60_000);
  await place.inSource(
    'BEGIN',
    'UPDATE swapped SET code = NULL, n = 0 WHERE id = 1',
    "UPDATE swapped SET code = 'a', n = 1 WHERE id = 2",
    "UPDATE swapped SET code = 'b', n = 2 WHERE id = 1",
    'COMMIT',
    'BEGIN',
    'UPDATE swapped SET id = -1 WHERE id = 3',
    'UPDATE swapped SET id = 3 WHERE id = 4',
    'UPDATE swapped SET id = 4 WHERE id = -1',
    'COMMIT',
    'BEGIN',
    'DELETE FROM swapped WHERE id = 1',
    "INSERT INTO swapped VALUES (5, 'b', 2)",
    'COMMIT',
  );
  await expectEqual('swapped', { swapped: 4 });
});

test('rows of which no event tells are there: a table is read from the source first', async () => {
  await whileAlirIsDown(async () => {
    await place.inSource('CREATE TABLE filled_before (id INT PRIMARY KEY, note VARCHAR(40) NOT NULL)');
    await behindMaxwellsBack(`INSERT INTO filled_before SELECT i, CONCAT('baris ', i) FROM ${numbers(5000)}`);
  });
  await place.inSource(
    "UPDATE filled_before SET note = 'diubah' WHERE id % 10 = 3",
    'DELETE FROM filled_before WHERE id % 10 = 4',
    "INSERT INTO filled_before VALUES (5000, 'baru')",
  );
  await expectEqual('filled_before', { filled_before: 4501 });
});

const widest = '9'.repeat(35) + '.' + '9'.repeat(30);

test('values at the limits of their types, read from the source and from the binlog', async () => {
  const columns =
    'id BIGINT UNSIGNED NOT NULL, face VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, ' +
    'big BIGINT UNSIGNED, low BIGINT, d DECIMAL(65,30), t DATETIME(6), ts TIMESTAMP(6) NULL, e DOUBLE, ' +
    'body TEXT CHARACTER SET utf8mb4, PRIMARY KEY (id, face)';
  const rows = [
    `(18446744073709551615, '😀', 18446744073709551615, -9223372036854775808, ${widest}, '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07.999999', 1.7976931348623157e308, REPEAT('😀', 9000))`,
    `(18446744073709551614, '😁', 9223372036854775808, 9223372036854775807, -${widest}, '1000-01-01 00:00:00.000001', '1970-01-01 00:00:01.000001', 2.2250738585072014e-308, '')`,
    "(0, '👩🏽‍🎓', 0, 0, 0.000000000000000000000000000001, NULL, NULL, -0.0, NULL)",
    "(9007199254740993, '', 9007199254740993, -9007199254740993, NULL, '2026-11-23 08:15:00.123456', NULL, 0.1, '\\\\ \"\\n\\0')",
  ].join(', ');
  await place.inSource(`CREATE TABLE limits_live (${columns})`);
  await whileAlirIsDown(async () => {
    await place.inSource(`CREATE TABLE limits_read (${columns})`);
    await behindMaxwellsBack(`INSERT INTO limits_read VALUES ${rows}`);
  });
  await place.caughtUp(60_000);
  await place.inSource(
    `INSERT INTO limits_live VALUES ${rows}`,
    "UPDATE limits_live SET face = '😂' WHERE id = 18446744073709551614",
    'DELETE FROM limits_live WHERE id = 18446744073709551615',
    `INSERT INTO limits_live (id, face, big) VALUES (18446744073709551615, '😃', 18446744073709551614)`,
  );
  await expectEqual('limits_', { limits_live: 4, limits_read: 4 });
});

test('a table that is dropped while its events wait ends empty; made anew, it has the new rows only', async () => {
  const first = 'id INT PRIMARY KEY, n INT NOT NULL';
  await place.inSource(
    `CREATE TABLE dropped_known (${first})`,
    `CREATE TABLE dropped_anew (${first})`,
    'INSERT INTO dropped_known VALUES (1, 1), (2, 2)',
    'INSERT INTO dropped_anew VALUES (1, 1), (2, 2)',
  );
  await expectEqual('dropped_', { dropped_known: 2, dropped_anew: 2 });
  await whileAlirIsDown(() =>
    place.inSource(
      `CREATE TABLE dropped_unseen (${first})`,
      ...['known', 'anew', 'unseen'].map(
        (name) => `INSERT INTO dropped_${name} SELECT i + 10, i FROM ${numbers(500)}`,
      ),
      'DROP TABLE dropped_known, dropped_anew, dropped_unseen',
      'CREATE TABLE dropped_anew (code VARCHAR(10) PRIMARY KEY, amount DECIMAL(20,2))',
      "INSERT INTO dropped_anew VALUES ('baru', 12.50), ('1', 1)",
    ),
  );
  await expectEqual('dropped_', { dropped_known: 0, dropped_anew: 2 });
});

test('a table without a key is refused with a sentence, the others go on, and with a key it is replicated', async () => {
  await place.inSource(
    'CREATE TABLE keyless (n INT NULL, note VARCHAR(20))',
    'CREATE TABLE beside_keyless (id INT PRIMARY KEY)',
    "INSERT INTO keyless VALUES (1, 'a'), (1, 'a')",
    'INSERT INTO beside_keyless VALUES (1), (2)',
  );
  await expectEqual('beside_keyless', { beside_keyless: 2 });
  expect(await stateOf('keyless')).toMatchObject({
    state: 'refused',
    reason:
      'app_producer.keyless has no primary key and no unique index over NOT NULL columns: its rows cannot be told apart.',
  });
  await place.inSource(
    'ALTER TABLE keyless ADD COLUMN id INT NOT NULL AUTO_INCREMENT PRIMARY KEY',
    "INSERT INTO keyless (n, note) VALUES (2, 'b')",
  );
  await expect.poll(async () => (await stateOf('keyless'))?.state, { timeout: 60_000 }).toBe('ready');
  await expectEqual('keyless', { keyless: 3 });
});

const handiwork = [
  ['needed', 'DROP COLUMN needed'],
  ['plain', 'DROP COLUMN plain'],
  ['position', 'DROP COLUMN _offset'],
  ['type', 'MODIFY COLUMN needed TINYINT NULL'],
  ['whole', null],
] as const;

test.each(handiwork)(
  'a replica that somebody altered is mended when its table changes: %s',
  async (name, change) => {
    const table = `altered_${name}`;
    await place.inSource(
      `CREATE TABLE ${table} (id INT PRIMARY KEY, needed INT NOT NULL, plain VARCHAR(20) NULL)`,
      `INSERT INTO ${table} VALUES (1, 1, 'satu'), (2, 2, 'dua'), (3, 3, NULL)`,
    );
    await expectEqual(table, { [table]: 3 });
    await place.inReplica(change === null ? `DROP TABLE ${table}` : `ALTER TABLE ${table} ${change}`);
    await place.inSource(`UPDATE ${table} SET needed = 100000 WHERE id = 1`);
    await expectEqual(table, { [table]: 3 });
  },
);

test('a replica that somebody altered is mended when Alir starts', async () => {
  const tables = handiwork.map(([name, change]) => ({ table: `started_${name}`, change }));
  const equal = Object.fromEntries(tables.map(({ table }) => [table, 3]));
  for (const { table } of tables)
    await place.inSource(
      `CREATE TABLE ${table} (id INT PRIMARY KEY, needed INT NOT NULL, plain VARCHAR(20) NULL)`,
      `INSERT INTO ${table} VALUES (1, 1, 'satu'), (2, 2, 'dua'), (3, 3, NULL)`,
    );
  await expectEqual('started_', equal);
  await whileAlirIsDown(async () => {
    for (const { table, change } of tables)
      await place.inReplica(change === null ? `DROP TABLE ${table}` : `ALTER TABLE ${table} ${change}`);
  });
  await expectEqual('started_', equal);
});
