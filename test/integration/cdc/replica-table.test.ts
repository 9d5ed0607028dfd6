import { createConnection, type Connection } from 'mariadb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { quoteName } from '../../../src/cdc/schema/quote.ts';
import { extraColumns, dataOf } from '../../../src/cdc/replica/extra-columns.ts';
import type { ColumnSchema } from '../../../src/cdc/schema/table-schema.ts';
import { driverOptions } from '../../../src/database/connection.ts';
import { ensureReplicaTable } from '../../../src/database/schema/ensure-replica-table.ts';
import { listTables, readTable, readTableSchema } from '../../../src/database/schema/read-schema.ts';
import { ensureDatabase } from '../../../src/database/server-connection.ts';
import { dropDatabase, testMysql } from '../../support/mysql.ts';

const address = testMysql();
const source = address.database.replace('app_consumer', 'app_source');
const olap = address.database.replace('app_consumer', 'app_olap');

let connection: Connection;

beforeAll(async () => {
  for (const database of [source, olap]) await ensureDatabase({ ...address, database });
  connection = await createConnection(driverOptions({ ...address, database: source }));
});
afterAll(async () => {
  await connection.end();
  for (const database of [source, olap]) await dropDatabase({ ...address, database });
});
beforeEach(async () => {
  for (const database of [source, olap]) {
    for (const table of await listTables(connection, database)) {
      await connection.query(`DROP TABLE ${quoteName(database)}.${quoteName(table)}`);
    }
  }
});

const run = (sql: string): Promise<unknown> => connection.query(sql);
const schemaOf = async (table: string, database = source) => {
  const schema = await readTableSchema(connection, database, table);
  if (schema === null) throw new Error(`${database}.${table} is not there`);
  return schema;
};
const ensure = async (table: string) => ensureReplicaTable(connection, await schemaOf(table), olap);
const untouched = { created: false, statements: [], reread: false };

/** All rows with every column of the source as text. */
async function rowsOf(database: string, table: string, columns: readonly ColumnSchema[]): Promise<unknown[]> {
  const selected = columns
    .map(({ name }) => `HEX(CONCAT(${quoteName(name)})) AS ${quoteName(name)}`)
    .join(', ');
  return connection.query(
    `SELECT ${selected} FROM ${quoteName(database)}.${quoteName(table)} ORDER BY ${quoteName(columns[0]?.name ?? '')}`,
  );
}

/** Fills the replica as a first load would, and compares. */
async function expectSameRows(table: string): Promise<void> {
  const { columns } = await schemaOf(table);
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const [to, from] = [olap, source].map((database) => `${quoteName(database)}.${quoteName(table)}`);
  await run(`DELETE FROM ${to}`);
  await run(`INSERT INTO ${to} (${names}) SELECT ${names} FROM ${from}`);
  expect(await rowsOf(olap, table, columns)).toEqual(await rowsOf(source, table, columns));
}

const everyType = `CREATE TABLE every_type (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  c_tinyint TINYINT NOT NULL DEFAULT 5, c_bool TINYINT(1), c_smallint SMALLINT, c_mediumint MEDIUMINT UNSIGNED,
  c_zero INT(5) ZEROFILL, c_bigint BIGINT, c_decimal DECIMAL(65, 30), c_money DECIMAL(12, 2) UNSIGNED,
  c_float FLOAT, c_float2 FLOAT(7, 2), c_double DOUBLE, c_bit BIT(1), c_bit64 BIT(64),
  c_char CHAR(10), c_varchar VARCHAR(50) NOT NULL DEFAULT 'n/a', c_latin1 VARCHAR(20) CHARACTER SET latin1,
  c_bin VARCHAR(20) COLLATE utf8mb4_bin, c_tiny TINYTEXT, c_text TEXT, c_medium MEDIUMTEXT, c_long LONGTEXT,
  c_binary BINARY(8), c_varbinary VARBINARY(16), c_tinyblob TINYBLOB, c_blob BLOB, c_longblob LONGBLOB,
  c_date DATE, c_datetime DATETIME NOT NULL, c_datetime6 DATETIME(6),
  c_timestamp TIMESTAMP NULL, c_timestamp3 TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  c_time TIME, c_time6 TIME(6), c_year YEAR,
  c_enum ENUM('', 'it''s', 'a\\\\b', 'x,y', '🙏') NOT NULL, c_set SET('x', 'y', 'z'), c_json JSON,
  c_geometry GEOMETRY, c_point POINT, c_collection GEOMETRYCOLLECTION,
  c_stored INT AS (c_tinyint + 1) STORED, c_virtual VARCHAR(60) AS (CONCAT(c_varchar, '!')) VIRTUAL,
  UNIQUE KEY uq_varchar (c_varchar)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`;

describe('a table of every type', () => {
  beforeEach(async () => {
    await run(everyType);
    await run(`INSERT INTO every_type (c_datetime, c_enum) VALUES ('0000-00-00 00:00:00', '')`);
    await run(`INSERT INTO every_type SET id = 18446744073709551614, c_tinyint = -128, c_bool = 1, c_smallint = -32768,
      c_mediumint = 16777215, c_zero = 42, c_bigint = -9223372036854775808, c_decimal = '-1.${'0'.repeat(29)}1', c_money = 12.50,
      c_float = 0.1, c_float2 = 12345.67, c_double = 1.7976931348623157e308, c_bit = 1, c_bit64 = 0x8000000000000001,
      c_char = 'a b', c_varchar = '🙏 ', c_latin1 = 'é', c_bin = 'Aa', c_tiny = 't', c_text = REPEAT('x', 60000),
      c_medium = REPEAT('🙏', 100000), c_long = '', c_binary = 0x0100, c_varbinary = 0x00ff00, c_tinyblob = 0x00, c_blob = '',
      c_longblob = 0xff, c_date = '0000-00-00', c_datetime = '9999-12-31 23:59:59', c_datetime6 = '2026-11-23 01:02:03.000001',
      c_timestamp = '2038-01-19 03:14:07', c_timestamp3 = '1970-01-01 00:00:01.250', c_time = '-838:59:59', c_time6 = '25:00:00.5',
      c_year = 2155, c_enum = 'a\\\\b', c_set = 'x,z', c_json = '{"a": [1.10, null]}', c_geometry = ST_GeomFromText('POINT(1 2)'),
      c_point = ST_GeomFromText('POINT(3 4)'), c_collection = ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1))')`);
  });

  test('is read as it was made', async () => {
    const { uniqueIndexes } = (await readTable(connection, source, 'every_type')) ?? {};
    const schema = await schemaOf('every_type');
    const of = (name: string) => schema.columns.find((column) => column.name === name);
    expect(schema).toMatchObject({
      key: ['id'],
      hasPrimaryKey: true,
      charset: 'utf8mb4',
      collation: 'utf8mb4_unicode_ci',
    });
    expect(uniqueIndexes).toEqual([{ name: 'uq_varchar', columns: [{ name: 'c_varchar', prefix: null }] }]);
    expect(of('id')).toMatchObject({ dataType: 'bigint', isUnsigned: true, isNullable: false, length: null });
    expect(of('c_tinyint')).toMatchObject({ defaultText: '5', defaultIsExpression: false });
    expect(of('c_decimal')).toMatchObject({ precision: 65, scale: 30, length: null });
    expect(of('c_float2')).toMatchObject({ precision: null, scale: null });
    expect(of('c_bit64')).toMatchObject({ length: 64, precision: null });
    expect(of('c_varchar')).toMatchObject({
      length: 50,
      defaultText: 'n/a',
      collation: 'utf8mb4_unicode_ci',
    });
    expect(of('c_latin1')).toMatchObject({ charset: 'latin1', defaultText: null });
    expect(of('c_longblob')).toMatchObject({ length: 4294967295, charset: null });
    expect(of('c_binary')).toMatchObject({ length: 8, collation: null });
    expect(of('c_datetime')).toMatchObject({ scale: 0, isNullable: false, defaultText: null });
    expect(of('c_timestamp3')).toMatchObject({ scale: 3, defaultIsExpression: true });
    expect(of('c_time6')).toMatchObject({ scale: 6 });
    expect(of('c_enum')).toMatchObject({ dataType: 'enum', length: null, charset: 'utf8mb4' });
    // MariaDB's JSON is a LONGTEXT.
    expect(of('c_json')?.dataType).toMatch(/^(?:json|longtext)$/);
    expect(of('c_stored')).toMatchObject({ isGenerated: true });
    expect(of('c_virtual')).toMatchObject({ isGenerated: true });
    expect(schema.columns.filter(({ isGenerated }) => isGenerated)).toHaveLength(2);
  });

  test('has a replica that holds every row, and needs nothing afterwards', async () => {
    expect(await ensure('every_type')).toMatchObject({ created: true, reread: true });
    await expectSameRows('every_type');
    expect(await ensure('every_type')).toEqual(untouched);

    const [made, replica] = [await schemaOf('every_type'), await schemaOf('every_type', olap)];
    const plain = made.columns.map((column) => ({
      ...column,
      defaultText: null,
      defaultIsExpression: false,
      isGenerated: false,
    }));
    expect(dataOf(replica)).toEqual({ ...made, database: olap, columns: plain });
    expect(replica.columns.slice(-extraColumns.length).map(({ name }) => name)).toEqual(
      extraColumns.map(({ name }) => name),
    );
    expect((await readTable(connection, olap, 'every_type'))?.uniqueIndexes).toEqual([]);
  });
});

describe('the key of a table', () => {
  test.each([
    ['(a INT, b INT NOT NULL, PRIMARY KEY (b, a), UNIQUE KEY aa (b))', ['b', 'a'], true],
    ['(a INT, b INT NOT NULL, UNIQUE KEY x (a), UNIQUE KEY y (b))', ['b'], false],
    ['(a VARCHAR(9) NOT NULL, b INT NOT NULL, UNIQUE KEY x (a(3)), UNIQUE KEY y (b))', ['b'], false],
    ['(a INT, b INT NOT NULL, UNIQUE KEY x (a, b))', [], false],
    ['(a INT, b INT, KEY k (b))', [], false],
  ])('%s', async (definition, key, hasPrimaryKey) => {
    await run(`CREATE TABLE keyed ${definition}`);
    expect(await schemaOf('keyed')).toMatchObject({ key, hasPrimaryKey });
  });

  test('is missing, so that there is no replica', async () => {
    await run('CREATE TABLE keyless (a INT)');
    expect(await ensure('keyless')).toEqual({
      refused: expect.stringContaining('cannot be told apart') as string,
    });
    expect(await listTables(connection, olap)).toEqual([]);
  });
});

test('names may hold anything, and views are no tables', async () => {
  const name = 'täb`le "?"';
  await run(`CREATE TABLE ${quoteName(name)} (\`id ?\` INT PRIMARY KEY, \`a\`\`'; --\` VARCHAR(9))`);
  await run(`CREATE VIEW seen AS SELECT * FROM ${quoteName(name)}`);
  await run(`INSERT INTO ${quoteName(name)} VALUES (1, 'x')`);
  try {
    expect(await listTables(connection, source)).toEqual([name]);
    expect(await readTableSchema(connection, source, 'seen')).toBeNull();
    expect(await readTableSchema(connection, source, "' OR 1 = 1 -- ")).toBeNull();
    expect(await ensure(name)).toMatchObject({ created: true });
    await expectSameRows(name);
  } finally {
    await run('DROP VIEW seen');
  }
});

describe('a source that changes under a filled replica', () => {
  beforeEach(async () => {
    await run(`CREATE TABLE orders (id INT PRIMARY KEY, no VARCHAR(9) NOT NULL, total DECIMAL(9, 2),
      status ENUM('new', 'paid') NOT NULL, note TEXT CHARACTER SET latin1, at DATETIME NOT NULL)`);
    await run(
      `INSERT INTO orders VALUES (1, 'a', 1.50, 'new', 'é', '2026-01-01'), (2, 'b', NULL, 'paid', NULL, '0000-00-00')`,
    );
    await ensure('orders');
    await expectSameRows('orders');
  });

  const replicaRows = async (columns: string): Promise<unknown[]> =>
    connection.query(`SELECT ${columns} FROM ${quoteName(olap)}.orders ORDER BY id`);

  test('is followed where every value still fits', async () => {
    await run(`ALTER TABLE orders MODIFY id BIGINT UNSIGNED, MODIFY no VARCHAR(40) NULL, MODIFY total DECIMAL(14, 4),
      MODIFY status ENUM('new', 'paid', 'it''s') NOT NULL, MODIFY note TEXT CHARACTER SET utf8mb4, MODIFY at DATETIME(3) NOT NULL`);
    expect(await ensure('orders')).toMatchObject({ created: false, reread: false });
    expect(await ensure('orders')).toEqual(untouched);
    expect(await replicaRows('id, no, CAST(total AS CHAR) AS total, note, CAST(at AS CHAR) AS at')).toEqual([
      { id: 1n, no: 'a', total: '1.5000', note: 'é', at: '2026-01-01 00:00:00.000' },
      { id: 2n, no: 'b', total: null, note: null, at: '0000-00-00 00:00:00.000' },
    ]);
    await run(
      `INSERT INTO orders VALUES (5000000000, NULL, 1234567890.1234, 'it''s', '🙏', '2026-01-01 00:00:00.123')`,
    );
    await expectSameRows('orders');
  });

  test('gets its new columns, which must be read', async () => {
    await run(
      "ALTER TABLE orders ADD flag VARCHAR(9) NOT NULL DEFAULT 'x' AFTER id, ADD twice INT AS (id * 2) VIRTUAL",
    );
    expect(await ensure('orders')).toMatchObject({ created: false, reread: true });
    expect(await replicaRows('id, flag, twice')).toEqual([
      { id: 1, flag: null, twice: null },
      { id: 2, flag: null, twice: null },
    ]);
    await expectSameRows('orders');
    expect(await ensure('orders')).toEqual(untouched);
  });

  test('keeps a dropped column without its values, and takes it back', async () => {
    await run('ALTER TABLE orders DROP COLUMN no');
    expect(await ensure('orders')).toMatchObject({ created: false, reread: false });
    expect(await replicaRows('no')).toEqual([{ no: null }, { no: null }]);
    expect(await ensure('orders')).toEqual(untouched);
    await run('ALTER TABLE orders ADD COLUMN no INT NOT NULL');
    expect(await ensure('orders')).toMatchObject({ created: false, reread: true });
    await expectSameRows('orders');
    expect(await ensure('orders')).toEqual(untouched);
  });

  test('may rename a column', async () => {
    await run('ALTER TABLE orders CHANGE note remark TEXT CHARACTER SET latin1');
    expect(await ensure('orders')).toMatchObject({ created: false, reread: true });
    await expectSameRows('orders');
    expect(await replicaRows('note')).toEqual([{ note: null }, { note: null }]);
    expect(await ensure('orders')).toEqual(untouched);
  });

  test('stays as it is where the source became narrower', async () => {
    await run(
      'ALTER TABLE orders MODIFY id SMALLINT, MODIFY no VARCHAR(3) NOT NULL, MODIFY total DECIMAL(5, 2)',
    );
    expect(await ensure('orders')).toEqual(untouched);
  });

  test('waits for somebody when the key is another one', async () => {
    await run('ALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (id, no)');
    expect(await ensure('orders')).toEqual({
      paused: expect.stringMatching(/the key \(id, no\) now/) as string,
    });
  });

  test('is mended after somebody altered it by hand', async () => {
    await run(
      `ALTER TABLE ${quoteName(olap)}.orders DROP COLUMN _offset, DROP COLUMN total, MODIFY _seq INT`,
    );
    expect(await ensure('orders')).toMatchObject({ created: false, reread: true });
    await expectSameRows('orders');
    expect(await ensure('orders')).toEqual(untouched);
    expect(await replicaRows('_op, _offset, _seq')).toEqual([
      { _op: '', _offset: 0n, _seq: 0n },
      { _op: '', _offset: 0n, _seq: 0n },
    ]);
  });

  test('waits while it has a unique index of its own', async () => {
    await run(`ALTER TABLE ${quoteName(olap)}.orders ADD UNIQUE INDEX mine (no)`);
    expect(await ensure('orders')).toEqual({
      paused: expect.stringContaining('unique index mine') as string,
    });
  });

  test('waits while a value does not fit any more', async () => {
    await run(`UPDATE ${quoteName(olap)}.orders SET id = -1 WHERE id = 1`);
    await run('ALTER TABLE orders MODIFY id BIGINT UNSIGNED');
    expect(await ensure('orders')).toEqual({
      paused: `${olap}.orders cannot be altered: column id is out of range.`,
    });
  });

  test('waits when the server refuses the change', async () => {
    await run(`CREATE TABLE ${quoteName(olap)}.theirs (no VARCHAR(9) PRIMARY KEY) AS SELECT no FROM orders`);
    await run(`ALTER TABLE ${quoteName(olap)}.orders ADD FOREIGN KEY (no) REFERENCES theirs (no)`);
    await run('ALTER TABLE orders DROP COLUMN no');
    expect(await ensure('orders')).toEqual({
      paused: expect.stringMatching(/cannot be altered: MySQL says/) as string,
    });
    // Nothing is done by halves.
    expect(await replicaRows('no')).toEqual([{ no: 'a' }, { no: 'b' }]);
    await run(`DROP TABLE ${quoteName(olap)}.orders`);
  });
});

test('a table that the server refuses has no replica, and the reason is told', async () => {
  // As wide as a row may be: the extra columns have no room.
  await run(
    'CREATE TABLE wide (id INT PRIMARY KEY, v VARCHAR(65526) CHARACTER SET latin1) CHARACTER SET latin1',
  );
  expect(await ensure('wide')).toEqual({
    refused: expect.stringMatching(/cannot be created: MySQL says \(1118\)/) as string,
  });
});

test('a replica database that is not there is an error, not a refusal', async () => {
  await run('CREATE TABLE orders (id INT PRIMARY KEY)');
  await expect(
    ensureReplicaTable(connection, await schemaOf('orders'), 'app_olap_missing'),
  ).rejects.toMatchObject({ code: 'SCHEMA_NOT_MIGRATED' });
});

test('workers that want the same replica wait for each other', async () => {
  await run('CREATE TABLE orders (id INT PRIMARY KEY)');
  const schema = await schemaOf('orders');
  const workers = await Promise.all(
    Array.from({ length: 4 }, () => createConnection(driverOptions({ ...address, database: olap }))),
  );
  try {
    const plans = await Promise.all(workers.map((worker) => ensureReplicaTable(worker, schema, olap)));
    expect(plans.filter((plan) => 'created' in plan && plan.created)).toHaveLength(1);
    expect(plans.filter((plan) => 'created' in plan && !plan.created)).toEqual(Array(3).fill(untouched));
    const [session] = await (workers[0] as Connection).query<{ wait: bigint }[]>(
      'SELECT @@SESSION.lock_wait_timeout = @@GLOBAL.lock_wait_timeout AS wait',
    );
    expect(Number(session?.wait)).toBe(1);
  } finally {
    for (const worker of workers) await worker.end();
  }
});
