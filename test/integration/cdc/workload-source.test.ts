import { randomUUID } from 'node:crypto';
import { createConnection, type Connection } from 'mariadb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { driverOptions } from '../../../src/mysql/connection.ts';
import { differences } from '../../cdc/compare.ts';
import { changeKinds } from '../../cdc/schema-changes/kinds.ts';
import { quoted, tables } from '../../cdc/tables.ts';
import { Workload, type SourceConnection } from '../../cdc/workload.ts';
import { testMysql } from '../../support/mysql.ts';

const seed = 20261123;
const suffix = randomUUID().slice(0, 8);
const source = `app_producer_${suffix}`;
const replica = `app_olap_${suffix}`;

let connection: Connection;

function connectTo(database: string): Promise<Connection> {
  return createConnection({ ...driverOptions({ ...testMysql(), database }) });
}

async function recreate(database: string): Promise<void> {
  await connection.query(`DROP DATABASE IF EXISTS ${database}`);
  await connection.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
}

beforeAll(async () => {
  connection = await connectTo('');
});

afterAll(async () => {
  for (const database of [source, replica]) await connection.query(`DROP DATABASE IF EXISTS ${database}`);
  await connection.end();
});

/** Every table of the source, copied by the server itself. */
async function copy(): Promise<void> {
  await recreate(replica);
  const columns = await connection.query<{ t: string; c: string }[]>(
    'SELECT TABLE_NAME AS t, COLUMN_NAME AS c FROM information_schema.COLUMNS ' +
      "WHERE TABLE_SCHEMA = ? AND EXTRA NOT LIKE '%GENERATED' ORDER BY ORDINAL_POSITION",
    [source],
  );
  for (const table of new Set(columns.map(({ t }) => t))) {
    const names = columns.filter(({ t }) => t === table).map(({ c }) => quoted(c)).join(', '); // prettier-ignore
    await connection.query(`CREATE TABLE ${replica}.${table} LIKE ${source}.${table}`);
    await connection.query(
      `INSERT INTO ${replica}.${table} (${names}) SELECT ${names} FROM ${source}.${table}`,
    );
  }
}

/** A source that has been worked on for a while, and its copy. */
async function workAndCopy(): Promise<void> {
  await recreate(source);
  const workload = new Workload(seed, placeOf(source), { largeRows: 100 });
  await workload.prepare();
  await workload.run((summary) => summary.steps === 100);
  await workload.close();
  await copy();
}

/** Runs statements in the replica. */
async function spoil(...statements: readonly string[]): Promise<void> {
  await connection.query(`USE ${replica}`);
  for (const statement of statements) await connection.query(statement);
}

const compare = () => differences(connection, source, replica);

/** What `workload` connects to. */
const placeOf = (database: string) => ({ connect: () => connectTo(''), database });

test('hundreds of steps run against a real source, and the same seed leaves the same tables', async () => {
  for (const database of [source, replica]) {
    await recreate(database);
    const workload = new Workload(seed, placeOf(database), { largeRows: 500 });
    await workload.prepare();
    await workload.run((summary) => summary.steps === 600);
    await workload.close();
    expect(workload.summary.repeated).toBe(0);
  }
  expect(await compare()).toEqual([]);
});

test('every kind of change runs against a real source', async () => {
  await recreate(source);
  const kinds = changeKinds.map(({ name }) => name);
  const workload = new Workload(seed, placeOf(source), { largeRows: 50, changes: 0.4, kinds });
  await workload.prepare();
  await workload.run((summary) => summary.steps === 1200);
  await workload.close();
  const made = workload.summary.kinds;
  expect(kinds.filter((kind) => made[kind] === undefined)).toEqual([]);
});

/** Connections of which each is killed at one of its first statements, wherever in a transaction that is. */
function shortLived(): () => Promise<SourceConnection> {
  let opened = 0;
  return async () => {
    const own = await connectTo('');
    // Every fourth lives long enough for a step that creates all tables.
    let left = opened++ % 4 === 3 ? 300 : 2 + ((opened * 7) % 40);
    return {
      query: async (sql, values) => {
        if (--left === 0) await connection.query('KILL ?', [own.threadId]);
        return own.query<unknown>(sql, values);
      },
      end: () => own.end(),
      on: (event, listener) => own.on(event, listener),
    };
  };
}

test('a run whose connections are killed again and again leaves the same rows', async () => {
  await recreate(source);
  await recreate(replica);
  const options = { largeRows: 100, changes: 0.3, kinds: changeKinds.map(({ name }) => name) };
  const undisturbed = new Workload(seed, placeOf(source), options);
  // Creating the tables is not a step, so it is left in peace.
  let connect = () => connectTo('') as Promise<SourceConnection>;
  const disturbed = new Workload(seed, { connect: () => connect(), database: replica }, options);
  await undisturbed.prepare();
  await undisturbed.run((summary) => summary.steps === 500);
  await undisturbed.close();
  await disturbed.prepare();
  await disturbed.close();
  connect = shortLived();
  while (disturbed.summary.steps < 500) {
    await disturbed.step().catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 'MYSQL_UNAVAILABLE') throw error;
    });
  }
  await disturbed.close();
  expect(disturbed.summary.repeated).toBeGreaterThan(20);
  // Numbers that the server gave to what was cut off are not given again.
  const numbered = tables.filter(({ key }) => key === null).map(({ name }) => name);
  const found = (await compare()).filter((line) => !numbered.some((name) => line.startsWith(`${name}:`)));
  expect(found).toEqual([]);
});

test('a copy with columns of its own is equal', async () => {
  await workAndCopy();
  await spoil(
    'ALTER TABLE signed_numbers ADD COLUMN _offset BIGINT NOT NULL DEFAULT 0, ADD COLUMN dropped_long_ago INT',
    'CREATE TABLE dropped_table LIKE floats',
  );
  expect(await compare()).toEqual([]);
});

test('a missing table, a missing column and the rows of a dropped table are found', async () => {
  await workAndCopy();
  await spoil(
    'DROP TABLE dates',
    'ALTER TABLE floats DROP COLUMN rate, DROP COLUMN single',
    'CREATE TABLE dropped_table AS SELECT 1 AS id',
  );
  expect(await compare()).toEqual([
    'dates: the replica has no such table',
    'floats: the replica lacks the columns single, rate',
    'dropped_table: the source has no such table, the replica has rows of it',
  ]);
});

/** Type, a value, and one that is hardly different. */
const pairs: readonly (readonly [type: string, value: string, other: string])[] = [
  ['TINYINT(1)', '0', 'NULL'],
  ['BIGINT', '-9223372036854775808', '-9223372036854775807'],
  ['BIGINT UNSIGNED', '18446744073709551615', '18446744073709551614'],
  [
    'DECIMAL(65,30)',
    '12345678901234567890123456789012345.000000000000000000000000000001',
    '12345678901234567890123456789012345',
  ],
  ['FLOAT', '16777215', '16777214'],
  ['DOUBLE', '0.1', '0.10000000000000002'],
  ['BIT(1)', "b'1'", "b'0'"],
  ['BIT(8)', "b'10000000'", "b'10000001'"],
  ['CHAR(5) COLLATE utf8mb4_general_ci', "'a'", "'A'"],
  ['VARCHAR(5) COLLATE utf8mb4_general_ci', "'a'", "'A'"],
  ['VARCHAR(5) COLLATE utf8mb4_general_ci', "'a'", "'a '"],
  ['VARCHAR(5) COLLATE utf8mb4_unicode_ci', "'😀'", "'😁'"],
  ['VARCHAR(5) COLLATE utf8mb4_0900_ai_ci', "'e'", "'é'"],
  ['VARCHAR(5) COLLATE utf8mb4_0900_ai_ci', "''", 'NULL'],
  ['VARCHAR(5) CHARACTER SET latin1', "'é'", "'É'"],
  ['TEXT', "REPEAT('a', 60000)", "CONCAT(REPEAT('a', 59999), 'b')"],
  ['MEDIUMTEXT', "REPEAT('é', 70000)", "CONCAT(REPEAT('é', 69999), 'e')"],
  ['BINARY(4)', "x'0100'", "x'01000001'"],
  ['VARBINARY(4)', "x'0100'", "x'01'"],
  ['BLOB', "x'61'", "x'41'"],
  ['DATE', "'2026-11-23'", "'2026-11-24'"],
  ['DATETIME(6)', "'2026-11-23 08:15:00.000001'", "'2026-11-23 08:15:00.000002'"],
  ['TIMESTAMP(6) NULL', "'2026-11-23 08:15:00.000001'", "'2026-11-23 08:15:00'"],
  ['YEAR', '2026', '2027'],
  ["ENUM('a','A','b') COLLATE utf8mb4_bin", "'a'", "'A'"],
  ["SET('a','b')", "'a,b'", "'a'"],
  ['JSON', `'{"a": 9007199254740993}'`, `'{"a": 9007199254740992}'`],
  ['JSON', `'{"a": 1}'`, `'{"a": "1"}'`],
  ['JSON', `'{"a": "x"}'`, `'{"a": "X"}'`],
  ['JSON', "'null'", 'NULL'],
  ['POINT', "ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('POINT(1 2.000001)')"],
  ['GEOMETRY', "ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('LINESTRING(1 2, 1 3)')"],
];

test('one cell that hardly differs is found, of every type', async () => {
  for (const database of [source, replica]) {
    await recreate(database);
    const columns = pairs.map(([type], i) => `c${i} ${type}`).join(', ');
    await connection.query(`CREATE TABLE ${database}.every_type (id INT PRIMARY KEY, ${columns})`);
    for (const id of [1, 2, 3]) {
      await connection.query(
        `INSERT INTO ${database}.every_type VALUES (${id}, ${pairs.map(([, value]) => value).join(', ')})`,
      );
    }
  }
  await connection.query(`USE ${replica}`);
  expect(await compare()).toEqual([]);
  for (const [i, [type, value, other]] of pairs.entries()) {
    await connection.query(`UPDATE every_type SET c${i} = ${other} WHERE id = 2`);
    expect(await compare(), type).toEqual([`every_type: 1 c${i}: id=2`]);
    await connection.query(`UPDATE every_type SET c${i} = ${value} WHERE id = 2`);
  }
  expect(await compare()).toEqual([]);
});

test('JSON is compared as JSON: order and spaces do not count', async () => {
  await recreate(source);
  await recreate(replica);
  await connection.query(`CREATE TABLE ${source}.j (id INT PRIMARY KEY, body JSON)`);
  await connection.query(`CREATE TABLE ${replica}.j (id INT PRIMARY KEY, body LONGTEXT)`);
  await connection.query(`INSERT INTO ${source}.j VALUES (1, '{"a": 1, "b": [true, null]}'), (2, NULL)`);
  await connection.query(`INSERT INTO ${replica}.j VALUES (1, '{"b":[true,null],"a":1}'), (2, NULL)`);
  expect(await compare()).toEqual([]);
});

test('keys that are missing, surplus, or differ in capitals, accents or trailing spaces are named', async () => {
  await recreate(source);
  await connection.query(`USE ${source}`);
  for (const [table, collation] of [
    ['padded', 'utf8mb4_general_ci'],
    ['unpadded', 'utf8mb4_0900_ai_ci'],
  ]) {
    await connection.query(`CREATE TABLE ${table} (k VARCHAR(20) COLLATE ${collation} PRIMARY KEY, n INT)`);
    await connection.query(`INSERT INTO ${table} VALUES ('a', 1), ('b', 2), ('c 😀', 3)`);
  }
  await connection.query('CREATE TABLE bytes (k BINARY(4), n DECIMAL(20,2), v INT, PRIMARY KEY (k, n))');
  await connection.query("INSERT INTO bytes VALUES (x'00010000', 1.5, 1), (x'00010001', -2, 2)");
  await copy();
  expect(await compare()).toEqual([]);
  await spoil(
    "UPDATE padded SET k = 'A' WHERE k = 'a'",
    "UPDATE unpadded SET k = 'é' WHERE k = 'a'",
    "UPDATE padded SET k = 'b ' WHERE k = 'b'",
    'DELETE FROM bytes WHERE v = 1',
    "INSERT INTO bytes VALUES (x'ff', 0, 3)",
    'UPDATE bytes SET v = 7 WHERE v = 2',
  );
  expect(await compare()).toEqual([
    'bytes: 1 missing: k=0x00010000, n=1.50',
    'bytes: 1 v: k=0x00010001, n=-2.00',
    'bytes: 1 surplus: k=0xFF000000, n=0.00',
    "padded: 2 missing: k='a'; k='b'",
    "padded: 2 surplus: k='A'; k='b '",
    "unpadded: 1 missing: k='a'",
    "unpadded: 1 surplus: k='é'",
  ]);
});
