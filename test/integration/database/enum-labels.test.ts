import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfillSlice } from '../../../src/replica/backfill-rows.ts';
import { loadRows } from '../../../src/replica/load-rows.ts';
import { compareChunk } from '../../../src/verify/compare-chunk.ts';
import { withBothTables } from '../../../src/verify/open-tables.ts';
import { noCounts } from '../../../src/pipelines/counts.ts';
import type { Key } from '../../../src/pipelines/pipeline.ts';
import { keyPlace, numbers, type KeyPlace } from './key-order-fixture.ts';

/** What becomes of the places in an ENUM's order that were written down before its labels were changed. */
let place: KeyPlace;

beforeAll(async () => {
  place = await keyPlace();
});
afterAll(() => place?.close());

async function make(table: string, labels: string): Promise<void> {
  await place.run(
    `CREATE TABLE ${table} (k ENUM(${labels}) NOT NULL, id INT NOT NULL, n INT, PRIMARY KEY (k, id))`,
  );
  await place.run(`INSERT INTO ${table} SELECT ELT(1 + n % 3, ${labels}), n, n FROM ${numbers(300)}`);
}

const modify = (table: string, labels: string): Promise<unknown> =>
  place.run(`ALTER TABLE ${table} MODIFY k ENUM(${labels}) NOT NULL`);

const refresh = (table: string): Promise<unknown> => place.reader.updater.update(place.source, table);

const stateOf = (table: string) =>
  place.database.etlReplicaTable.findFirstOrThrow({
    where: { sourceTable: table },
    select: { state: true, loads: true },
  });

async function typeOf(table: string): Promise<string | undefined> {
  const [column] = await place.run<{ type: string }>(
    "SELECT COLUMN_TYPE AS type FROM information_schema.COLUMNS WHERE COLUMN_NAME = 'k' AND TABLE_SCHEMA = ? AND TABLE_NAME = ?",
    [place.olap, table],
  );
  return column?.type;
}

async function suspects(table: string, chunkRows = 1_000): Promise<number> {
  const { reader, source } = place;
  const found = await withBothTables(reader, { database: source, table }, async (left, right) => {
    let count = 0;
    for (let low: Key | null = null; ;) {
      const chunk = await compareChunk(left, right, low, chunkRows);
      count += chunk.suspects.length;
      low = chunk.high;
      if (low === null) return count;
    }
  });
  if (typeof found === 'string') throw new Error(found);
  return found;
}

test('labels in another order: a load begins again, a backfill goes on, and nothing is lost', async () => {
  await make('moved', "'b','c','a'");
  await refresh('moved');
  const load = (number: number) => {
    const what = { database: place.source, table: 'moved', load: number, chunkRows: 50 };
    return loadRows(place.reader, what, new AbortController().signal);
  };
  // At the second chunk: the first one's end lies elsewhere in the new order.
  place.beforeReading(() => Promise.resolve(place.beforeReading(() => modify('moved', "'a','b','c'"))));
  expect(await load(1)).toMatchObject({ chunks: 1 });
  expect(await stateOf('moved')).toEqual({ state: 'loading', loads: 2 });
  expect(await typeOf('moved')).toBe("enum('a','b','c')");
  expect(await load(2)).toEqual({ rows: 300, chunks: 7 });
  expect(await place.differing('moved')).toEqual([]);
  await refresh('moved');
  expect(await stateOf('moved')).toEqual({ state: 'ready', loads: 2 });
  const fences = { targetTable: `${place.olap}.moved`, kind: 'range' };
  expect(await place.database.etlFence.count({ where: fences })).toBe(7);
  expect(await place.database.etlFence.count({ where: { ...fences, v4: 2n } })).toBe(7);

  await place.database.etlBackfill.create({
    data: {
      id: 'b-moved',
      pipeline: 'cdc',
      via: 'source',
      state: 'running',
      plan: { selector: { keys: null } },
      workflowId: 'b-moved',
      createdAt: new Date(),
      updatedAt: new Date(),
    },
  });
  const slice = {
    backfillId: 'b-moved',
    database: place.source,
    table: 'moved',
    mostDeletes: 0,
    counted: noCounts,
  };
  const signal = new AbortController();
  place.beforeReading(() => Promise.resolve(place.beforeReading(() => modify('moved', "'c','a','b'"))));
  const { isDone } = await backfillSlice(place.reader, { ...slice, maxRowsPerSecond: 150 }, signal.signal);
  expect(isDone).toBe(true);
  expect(await stateOf('moved')).toEqual({ state: 'loading', loads: 3 });
  expect(await place.differing('moved')).toEqual([]);
});

test('a label more keeps what was read, wherever it stands', async () => {
  await make('more', "'b','c','a'");
  await place.load('more', 50);
  await modify('more', "'b','x','c','a'");
  await place.run("INSERT INTO more VALUES ('x', 1, 1)");
  await refresh('more');
  expect(await typeOf('more')).toBe("enum('b','x','c','a')");
  expect(await stateOf('more')).toEqual({ state: 'ready', loads: 1 });
  expect(await suspects('more')).toBe(1);
});

test('a replica that somebody gave another order is compared in that of the source', async () => {
  await make('shuffled', "'b','c','a'");
  await place.load('shuffled', 50);
  const replica = `${place.olap}.shuffled`;
  await place.run(`ALTER TABLE ${replica} MODIFY k ENUM('x','a','b','c') NOT NULL`);
  expect(await suspects('shuffled', 20)).toBe(0);
  // So many that the replica's keys part the chunks.
  await place.run(
    `INSERT INTO ${replica} (k, id, n) SELECT ELT(1 + n % 4, 'x', 'a', 'b', 'c'), 1000 + n, n FROM ${numbers(800)}`,
  );
  await place.run(`DELETE FROM ${replica} WHERE k = 'a' AND id < 100`);
  for (const chunkRows of [7, 20]) expect(await suspects('shuffled', chunkRows)).toBe(833);
  await place.load('shuffled', 50);
  expect(await typeOf('shuffled')).toBe("enum('b','c','a','x')");
  expect(await place.differing('shuffled')).toEqual([]);
});

test.each([
  { what: 'between others', table: 'midst', before: "'b','x','a'", loads: 2 },
  { what: 'at the end', table: 'tail', before: "'b','a','x'", loads: 1 },
])('rows of a label that the source lost $what are found and go with a load', async (one) => {
  const { table, before, loads } = one;
  await make(table, before);
  await place.load(table, 50);
  await place.run("SET SESSION sql_mode = ''");
  await modify(table, "'b','a'");
  await place.run("SET SESSION sql_mode = 'STRICT_ALL_TABLES'");
  await refresh(table);
  expect(await typeOf(table)).toBe("enum('b','a','x')");
  expect(await stateOf(table)).toMatchObject({ loads });
  // Those of 'x' are too many, and those that became '' are missing.
  expect(await suspects(table)).toBe(200);
  await place.load(table, 50);
  expect(await place.differing(table)).toEqual([]);
  expect(await suspects(table)).toBe(0);
  expect(await place.run(`SELECT COUNT(*) AS n FROM ${place.olap}.${table} WHERE k = 'x'`)).toEqual([
    { n: 0n },
  ]);
});
