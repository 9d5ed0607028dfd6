import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableByKey } from '../../../src/mysql/key-index.ts';
import { keyOrder, keysWithin } from '../../../src/replica/key-range.ts';
import { loadRows } from '../../../src/replica/load-rows.ts';
import { backfillSlice } from '../../../src/replica/backfill-rows.ts';
import { withReplicaLabels } from '../../../src/replica/replica-labels.ts';
import { readTableSchema } from '../../../src/mysql/schema/read-schema.ts';
import { compareChunk } from '../../../src/verify/compare-chunk.ts';
import { withBothTables } from '../../../src/verify/open-tables.ts';
import { replicaTarget } from '../../../src/pipelines/cdc/replica-target.ts';
import { noCounts } from '../../../src/pipelines/counts.ts';
import type { Key } from '../../../src/pipelines/pipeline.ts';
import { keyPlace, numbers, type KeyPlace } from './key-order-fixture.ts';

let place: KeyPlace;

beforeAll(async () => {
  place = await keyPlace();
});
afterAll(() => place?.close());

/** Keys whose rows a comparison of the whole table finds to differ. */
async function suspects(table: string): Promise<string[]> {
  const { reader, source } = place;
  const found = await withBothTables(reader, { database: source, table }, async (left, right) => {
    const keys: string[] = [];
    for (let low: Key | null = null; ;) {
      const chunk = await compareChunk(left, right, low);
      keys.push(...chunk.suspects);
      low = chunk.high;
      if (low === null) return keys;
    }
  });
  if (typeof found === 'string') throw new Error(found);
  return found;
}

async function backfill(table: string, id: string): Promise<number> {
  const { database, reader, source } = place;
  await database.etlBackfill.create({
    data: {
      id,
      pipeline: 'cdc',
      via: 'source',
      state: 'running',
      plan: { selector: { keys: null } },
      workflowId: id,
      createdAt: new Date(),
      updatedAt: new Date(),
    },
  });
  const slice = { backfillId: id, database: source, table, mostDeletes: null, maxRowsPerSecond: null };
  let isDone = false;
  while (!isDone)
    ({ isDone } = await backfillSlice(reader, { ...slice, counted: noCounts }, new AbortController().signal));
  const row = await database.etlBackfillSource.findFirstOrThrow({ where: { backfillId: id } });
  return Number(row.deleted);
}

describe.each([
  { table: 'first', key: 'k, id', rows: "IF(n = 1, 'a', 'b'), n", count: 2_001 },
  { table: 'second', key: 'id, k', rows: "ELT(1 + n % 3, 'b', 'a', 'c'), (n + 1) DIV 3", count: 6_000 },
])('an ENUM as the $table column of a key, its labels not in the order of the alphabet', (one) => {
  const { table, key, rows, count } = one;

  test('a load has every row, and another changes nothing', async () => {
    await place.run(
      `CREATE TABLE ${table} (k ENUM('b','a','c') NOT NULL, id INT NOT NULL, n INT, PRIMARY KEY (${key}))`,
    );
    await place.run(`INSERT INTO ${table} (k, id, n) SELECT ${rows}, n FROM ${numbers(count)}`);
    await place.load(table);
    expect(await place.differing(table)).toEqual([]);
    await place.load(table);
    expect(await place.differing(table)).toEqual([]);
  });

  test('a backfill from the source deletes nothing, and a verification finds it equal', async () => {
    expect(await suspects(table)).toEqual([]);
    expect(await backfill(table, `b-${table}`)).toBe(0);
    expect(await place.differing(table)).toEqual([]);
  });

  test('rows that came live before the first load stay', async () => {
    await place.run(`CREATE TABLE live_${table} LIKE ${table}`);
    await place.run(`INSERT INTO live_${table} SELECT * FROM ${table}`);
    await place.reader.updater.update(place.source, `live_${table}`);
    const names = 'k, id, n, _op, _epoch, _offset, _seq';
    await place.run(
      `INSERT INTO ${place.olap}.live_${table} (${names}) SELECT k, id, n, 'insert', 1, 50, 0 FROM ${table}`,
    );
    const load = { database: place.source, table: `live_${table}`, load: 1 };
    await loadRows(place.reader, load, new AbortController().signal);
    expect(await place.differing(`live_${table}`)).toEqual([]);
  });

  test('what differs is found and nothing else', async () => {
    await place.run(`DELETE FROM ${place.olap}.${table} WHERE k = 'a' LIMIT 1`);
    await place.run(`UPDATE ${place.olap}.${table} SET n = -1 WHERE k = 'b' LIMIT 1`);
    await place.run(`INSERT INTO ${place.olap}.${table} (k, id, n) VALUES ('c', 99999, 1)`);
    expect(await suspects(table)).toHaveLength(3);
    await place.load(table);
    expect(await place.differing(table)).toEqual([]);
  });
});

/** Rows that the server looks at for a query. */
async function looked(sql: string, values: readonly string[]): Promise<number> {
  const total = async (): Promise<number> => {
    const rows = await place.run<{ Value: string }>("SHOW SESSION STATUS LIKE 'Handler_read%'");
    return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
  };
  const before = await total();
  await place.run(sql, values);
  return (await total()) - before;
}

test.each(['first', 'second'])(
  'a bound reads a range of the key, the ENUM its %s column',
  async (position) => {
    const { connection, olap, run, source } = place;
    const table = `bound_${position}`;
    const key = position === 'first' ? 'k, id' : 'id, k';
    await run(
      `CREATE TABLE ${table} (k ENUM('b','a','c','x') NOT NULL, id INT NOT NULL, n INT, PRIMARY KEY (${key}))`,
    );
    const labels = ['b', 'a', 'c', 'x'];
    for (const label of labels)
      await run(`INSERT INTO ${table} SELECT '${label}', n, n FROM ${numbers(1_000)}`);
    const schema = (await readTableSchema(connection, source, table))!;
    const target = replicaTarget(schema, olap);
    // As a replica that has a label more than its source.
    const shorter = schema.columns.map((column) => ({
      ...column,
      columnType: column.columnType.replace(",'x'", ''),
    }));
    const replica = withReplicaLabels(replicaTarget({ ...schema, columns: shorter }, olap), schema.columns);
    expect(replica.key.find(({ name }) => name === 'k')?.labels).toEqual(['', ...labels]);
    for (const one of [target, replica]) {
      for (const label of labels) {
        const keyOf = (id: number): Key => (position === 'first' ? [label, String(id)] : [String(id), label]);
        const next = keysWithin(one, { low: keyOf(500), high: null });
        const chunk = `SELECT n FROM ${tableByKey(schema)} WHERE ${next.sql} ORDER BY ${keyOrder(one)} LIMIT 10`;
        expect(await looked(chunk, next.values), chunk).toBeLessThan(15);
        const { sql, values } = keysWithin(one, { low: keyOf(500), high: keyOf(505) });
        expect(await looked(`SELECT SUM(n) FROM ${tableByKey(schema)} WHERE ${sql}`, values)).toBeLessThan(
          40,
        );
      }
    }
  },
);

test('an invalid value in a key that prints like a listed one stops the load, until it is gone', async () => {
  const { olap, run } = place;
  await run("CREATE TABLE twins (k ENUM('b','','a') NOT NULL, id INT NOT NULL, n INT, PRIMARY KEY (k, id))");
  await run("SET SESSION sql_mode = ''");
  await run("INSERT INTO twins VALUES (0, 5, 1), ('', 5, 2), ('b', 1, 3), ('a', 1, 4)");
  await run("SET SESSION sql_mode = 'STRICT_ALL_TABLES'");
  await expect(place.load('twins')).rejects.toMatchObject({ code: 'TABLE_PAUSED' });
  expect(await run(`SELECT * FROM ${olap}.twins`)).toEqual([]);
  await run('DELETE FROM twins WHERE k = 0');
  await place.load('twins');
  expect(await place.differing('twins')).toEqual([]);
});

test('a row with an invalid value beside its key is updated like any other', async () => {
  const { olap, run } = place;
  await run(
    "CREATE TABLE updated (k ENUM('b','a') NOT NULL, id INT, n ENUM('d','c'), m INT, PRIMARY KEY (k, id))",
  );
  await run("INSERT INTO updated VALUES ('b', 1, 'd', 1), ('a', 2, NULL, 1)");
  await place.load('updated');
  const copied = () => run(`SELECT n, n + 0 AS number, m FROM ${olap}.updated ORDER BY id`);
  for (const change of ['n = 0, m = 2', 'm = 3', "n = 'c'"]) {
    await run("SET SESSION sql_mode = ''");
    await run(`UPDATE updated SET ${change}`);
    await run("SET SESSION sql_mode = 'STRICT_ALL_TABLES'");
    await place.load('updated');
    expect(await copied()).toEqual(await run('SELECT n, n + 0 AS number, m FROM updated ORDER BY id'));
  }
});
