import { createConnection } from 'mariadb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { driverOptions } from '../../../src/mysql/connection.ts';
import { listDeadLetters } from '../../../src/metadata/dead-letters/read-letters.ts';
import { listTableStates } from '../../../src/metadata/table-states.ts';
import type { AlirChild } from '../../support/alir-process.ts';
import { startCdcPlace, type CdcPlace } from '../../support/cdc-place.ts';

let place: CdcPlace;
let alir: AlirChild;

/** What a column may list, as a statement writes it; the server lists the first eight as `''`, `\\`, … */
const labels = String.raw`'it''s','it\'s not','c:\\temp','\\','say "hi"',"a ""b""","d'e",'ends ','','g,h','7','é','A','ab','%','_'`;
const labelCount = 16;
const members = String.raw`'it''s','c:\\temp','\'','say "hi"',"d'e",'','7','é','A','ab'`;

/** The tables whose names begin with `early` are there before Maxwell: it reads them from information_schema. */
const listed = (name: string): string =>
  `CREATE TABLE ${name} (id INT PRIMARY KEY, e ENUM(${labels}) CHARACTER SET utf8mb4, ` +
  `s SET(${members}) CHARACTER SET utf8mb4, l ENUM('Á','”','x''y') CHARACTER SET latin1 NOT NULL)`;
const ticked = (name: string): string =>
  `CREATE TABLE ${name} (\`i\`\`d\` INT, n INT, \`a\`\`b\` INT, \`c\`\`\`\`d\` VARCHAR(9), PRIMARY KEY (n, \`i\`\`d\`))`;

beforeAll(async () => {
  place = await startCdcPlace();
  await place.stack.stop('maxwell');
  await asRoot('DROP DATABASE maxwell', 'CREATE DATABASE maxwell');
  await place.inSource(listed('early_labels'), ticked('early_ticks'));
  await place.stack.start('maxwell');
  alir = await place.run();
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`${alir.output.slice(-3000)}\n`));
});
afterAll(async () => {
  await alir?.end();
  await place?.close();
});

async function asRoot(...statements: readonly string[]): Promise<void> {
  const { source } = place.config;
  const connection = await createConnection(
    driverOptions({ ...source, user: 'root', password: place.stack.secrets.root }),
  );
  for (const statement of statements) await connection.query(statement);
  await connection.end();
}

/** Once everything has arrived: the tables are their source's and ready; returns the dead letters of their topics. */
async function expectEqual(prefix: string): Promise<{ code: string; reason: string }[]> {
  await place.caughtUp(90_000);
  expect(await place.differences(prefix)).toEqual([]);
  const states = (await listTableStates(place.database)).filter(({ table }) => table.startsWith(prefix));
  expect(states.map(({ state }) => state)).toEqual(states.map(() => 'ready'));
  const letters = await listDeadLetters(place.database, { pipeline: 'cdc' }, 1000);
  return letters
    .filter(({ topic }) => topic.includes(`.${prefix}`))
    .map(({ code, reason }) => ({ code, reason }));
}

test('a number without a sign arrives with every digit, as a value and in a key', async () => {
  await place.inSource(
    'CREATE TABLE plus_values (id INT PRIMARY KEY, p DECIMAL(10,2) UNSIGNED, q DECIMAL(20,3) ZEROFILL, ' +
      'n NUMERIC(8,1) UNSIGNED, f FLOAT UNSIGNED, d DOUBLE UNSIGNED ZEROFILL, i INT ZEROFILL, b BIGINT ZEROFILL)',
    'CREATE TABLE plus_first (k DECIMAL(10,2) UNSIGNED, id INT, v INT, PRIMARY KEY (k, id))',
    'CREATE TABLE plus_second (id BIGINT ZEROFILL, k DECIMAL(12,3) ZEROFILL, v INT, PRIMARY KEY (id, k))',
  );
  await place.caughtUp(60_000);
  await place.inSource(
    'INSERT INTO plus_values VALUES (1, 19.90, 1.5, 2.5, 1.5, 1e300, 7, 7), (2, 0, 0, 0, 0, 0, 0, 0), ' +
      '(3, 99999999.99, 12345678901234567.125, 9999999.9, 3e38, 2.5, 4294967295, 18446744073709551615), ' +
      '(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL)',
    'UPDATE plus_values SET p = p + 0.01, i = 4294967294, b = 9223372036854775808 WHERE id = 1',
    'INSERT INTO plus_first VALUES (19.90, 1, 1), (20, 2, 2), (0.05, 3, 3)',
    'UPDATE plus_first SET k = k + 0.10 WHERE id = 1',
    'DELETE FROM plus_first WHERE id = 3',
    'INSERT INTO plus_second VALUES (18446744073709551615, 0.125, 1), (9223372036854775808, 1.5, 2), (1, 2, 3)',
    'UPDATE plus_second SET id = id - 1, v = 9 WHERE v = 2',
    'DELETE FROM plus_second WHERE v = 1',
  );
  expect(await expectEqual('plus_')).toEqual([]);
  // The type of the rows above is another one from now on.
  await place.inSource(
    'ALTER TABLE plus_values MODIFY p DECIMAL(12,2) UNSIGNED, ADD COLUMN z DECIMAL(9,3) UNSIGNED ZEROFILL',
    'INSERT INTO plus_values (id, p, z) VALUES (5, 19.90, 1.5)',
  );
  expect(await expectEqual('plus_')).toEqual([]);
});

test('the values of ENUM and SET arrive whatever they hold, however Maxwell came to know of them', async () => {
  await place.inSource(listed('late_labels'));
  await place.caughtUp(60_000);
  for (const table of ['early_labels', 'late_labels']) {
    const rows = Array.from(
      { length: labelCount },
      (_, i) => `(${i + 1}, ${i + 1}, ${1 << (i % 10)}, ${1 + (i % 3)})`,
    );
    await place.inSource(
      `INSERT INTO ${table} VALUES ${rows.join(', ')}, (90, NULL, NULL, 1), (91, 1, 0, 1), (92, 2, 1023, 1)`,
      `UPDATE ${table} SET e = (id % ${labelCount}) + 1, s = (id * 37) % 1024 WHERE id < 8`,
    );
  }
  for (const prefix of ['early_labels', 'late_labels']) expect(await expectEqual(prefix)).toEqual([]);
  for (const table of ['early_labels', 'late_labels'])
    await place.inSource(
      // The list gets longer at its beginning and its end; what was written before is as it was.
      `ALTER TABLE ${table} MODIFY e ENUM('new',${labels},'last') CHARACTER SET utf8mb4`,
      `UPDATE ${table} SET e = 'new' WHERE id = 9`,
      `UPDATE ${table} SET e = 'it''s not', l = 'x''y' WHERE id > 12`,
    );
  for (const prefix of ['early_labels', 'late_labels']) expect(await expectEqual(prefix)).toEqual([]);
  // A bootstrap has the values themselves.
  for (const table of ['early_labels', 'late_labels']) {
    await asRoot(
      `INSERT INTO maxwell.bootstrap (database_name, table_name) VALUES ('app_producer', '${table}')`,
    );
    const read = `SELECT id FROM ${table} WHERE _op = 'bootstrap-insert'`;
    await expect.poll(() => place.inReplica(read), { timeout: 60_000 }).not.toEqual([]);
    expect(await expectEqual(table)).toEqual([]);
  }
});

test("an ENUM's invalid value in a key arrives, moves and goes", async () => {
  await place.inSource(
    "CREATE TABLE invalid_keys (e ENUM('x','b','0') NOT NULL, d DECIMAL(5,1) UNSIGNED, n INT, PRIMARY KEY (e, d))",
  );
  await place.caughtUp(60_000);
  await place.inSource(
    "SET sql_mode = ''",
    "INSERT INTO invalid_keys VALUES ('none', 1, 1), ('none', 2, 2), ('none', 3, 3), ('x', 4, 4), ('b', 5, 5)",
    "UPDATE invalid_keys SET n = 11 WHERE e = '' AND d = 1",
    "UPDATE invalid_keys SET e = '0' WHERE e = '' AND d = 2",
    "UPDATE invalid_keys SET e = 'none' WHERE e = 'x'",
    "DELETE FROM invalid_keys WHERE e = '' AND d = 3",
  );
  expect(await expectEqual('invalid_keys')).toEqual([]);
});

test('columns with a backtick in their names are filled, however Maxwell spells them', async () => {
  await place.inSource(ticked('late_ticks'));
  await place.caughtUp(60_000);
  for (const table of ['early_ticks', 'late_ticks'])
    await place.inSource(
      `INSERT INTO ${table} VALUES (1, 1, 10, 'x'), (2, 1, 20, NULL), (3, 2, 30, 'z')`,
      `UPDATE ${table} SET \`i\`\`d\` = 11, \`a\`\`b\` = 11 WHERE \`i\`\`d\` = 1`,
      `DELETE FROM ${table} WHERE \`i\`\`d\` = 2`,
    );
  for (const prefix of ['early_ticks', 'late_ticks']) expect(await expectEqual(prefix)).toEqual([]);
  for (const table of ['early_ticks', 'late_ticks'])
    await place.inSource(
      `ALTER TABLE ${table} ADD COLUMN \`z\`\`\` INT`,
      `INSERT INTO ${table} VALUES (4, 4, 40, 'y', 44)`,
      `UPDATE ${table} SET \`z\`\`\` = 33 WHERE \`i\`\`d\` = 3`,
    );
  for (const prefix of ['early_ticks', 'late_ticks']) expect(await expectEqual(prefix)).toEqual([]);
});

/** The bytes to which latin1 gives no character: what a page in UTF-8 leaves there. */
const undefinedBytes = ['81', '8D', '8F', '90', '9D'];

test('a text that Maxwell cannot read is read from the source', async () => {
  await place.inSource(
    'CREATE TABLE lost_values (id INT PRIMARY KEY, v VARCHAR(20) CHARACTER SET latin1, t TEXT CHARACTER SET latin1, ' +
      'c CHAR(5) CHARACTER SET latin1, u VARCHAR(20) CHARACTER SET utf8mb4)',
  );
  await place.caughtUp(60_000);
  const rows = undefinedBytes.map(
    (byte, i) => `(${i}, x'41${byte}', x'E280${byte}', x'${byte}42', '\ufffd')`,
  );
  await place.inSource(
    `INSERT INTO lost_values VALUES ${rows.join(', ')}, (7, 'plain', 'é', 'ü', '\ufffd'), (8, 'a', 'b', 'c', 'd')`,
    "UPDATE lost_values SET v = x'789D' WHERE id = 7",
    "UPDATE lost_values SET id = 77, t = x'818D' WHERE id = 7",
    "UPDATE lost_values SET v = 'plain again', t = NULL, c = '' WHERE id = 0",
    'UPDATE lost_values SET id = 11 WHERE id = 1',
    'DELETE FROM lost_values WHERE id = 2',
  );
  expect(await expectEqual('lost_values')).toEqual([]);
});

const lostKey = {
  code: 'ROW_REJECTED',
  reason: expect.stringMatching(/^column k holds characters that Maxwell cannot read/) as string,
};

test('a key that Maxwell cannot read matches no other row: what it may mean is read from the source', async () => {
  const k = 'k VARCHAR(20) CHARACTER SET latin1';
  await place.inSource(
    `CREATE TABLE lost_first (${k}, n INT, PRIMARY KEY (k))`,
    `CREATE TABLE lost_second (id INT, ${k}, n INT, PRIMARY KEY (id, k))`,
  );
  await place.caughtUp(60_000);
  await place.inSource(
    "INSERT INTO lost_first VALUES ('x?', 1), (x'7881', 2), (x'789D', 3), ('xy', 4), ('x%_', 5), (x'81', 6)",
    "INSERT INTO lost_second VALUES (1, 'x?', 1), (1, x'7881', 2), (2, x'7881', 3), (2, 'xy', 4), (3, x'8D', 5)",
  );
  expect(await expectEqual('lost_')).toEqual(Array.from({ length: 6 }, () => lostKey));
  expect(await place.inReplica('SELECT n FROM lost_first ORDER BY n')).toHaveLength(6);
  await place.inSource(
    "DELETE FROM lost_first WHERE k = x'7881'",
    "UPDATE lost_first SET n = 33 WHERE k = x'789D'",
    "UPDATE lost_first SET k = 'readable' WHERE k = x'81'",
    "UPDATE lost_first SET k = x'7890' WHERE k = 'xy'",
    "DELETE FROM lost_second WHERE id = 1 AND k = x'7881'",
    "UPDATE lost_second SET id = 4 WHERE k = x'8D'",
    "UPDATE lost_second SET k = x'7A8F' WHERE id = 2 AND k = 'xy'",
  );
  expect(await expectEqual('lost_')).toEqual(Array.from({ length: 13 }, () => lostKey));
  expect(await place.inReplica('SELECT n FROM lost_first ORDER BY n')).toEqual(
    [1, 4, 5, 6, 33].map((n) => ({ n })),
  );
  expect(await place.inReplica('SELECT n FROM lost_second ORDER BY n')).toEqual(
    [1, 3, 4, 5].map((n) => ({ n })),
  );
});

test('a table is read again where such a key may mean too many rows', async () => {
  await place.inSource(
    'CREATE TABLE many_lost (k VARCHAR(20) CHARACTER SET latin1, n INT, PRIMARY KEY (k))',
    'INSERT INTO many_lost WITH RECURSIVE i (n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM i WHERE n < 3500) ' +
      'SELECT /*+ SET_VAR(cte_max_recursion_depth = 10000) */ n, n FROM i',
  );
  await place.caughtUp(60_000);
  const loadsOf = async () =>
    (await listTableStates(place.database)).find(({ table }) => table === 'many_lost')?.loads;
  expect(await loadsOf()).toBe(1);
  await place.inSource("INSERT INTO many_lost VALUES (x'818D8F90', 1), (x'8D8D8D8D8D', 2)");
  expect(await expectEqual('many_')).toEqual([lostKey, lostKey]);
  expect(await loadsOf()).toBe(2);
  await place.inSource("DELETE FROM many_lost WHERE k = x'818D8F90'");
  expect(await expectEqual('many_')).toHaveLength(3);
  expect(await loadsOf()).toBe(3);
});
