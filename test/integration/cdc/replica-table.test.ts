import { createConnection, type Connection } from 'mariadb';
import { beforeEach, describe, expect, test } from 'vitest';
import { quoteName } from '../../../src/cdc/schema/quote.ts';
import { driverOptions } from '../../../src/mysql/connection.ts';
import { ensureReplicaTable } from '../../../src/replica/table/ensure-replica-table.ts';
import { listTables, readTableSchema } from '../../../src/mysql/schema/read-schema.ts';
import {
  address,
  connection,
  ensure,
  expectSameRows,
  olap,
  run,
  schemaOf,
  source,
  untouched,
} from './replica-fixture.ts';

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
