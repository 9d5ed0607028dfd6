import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootstrapClause, type BootstrapRange } from '../../../src/cdc/bootstrap/where-clause.ts';
import type { TableSchema } from '../../../src/cdc/schema/table-schema.ts';
import { applyChunk, readRow } from '../../../src/replica/apply-chunk.ts';
import { readChunk } from '../../../src/replica/read-chunk.ts';
import { readTableSchema } from '../../../src/mysql/schema/read-schema.ts';
import { inTransaction } from '../../../src/mysql/transaction.ts';
import { compareChunk } from '../../../src/verify/compare-chunk.ts';
import { withBothTables } from '../../../src/verify/open-tables.ts';
import { anyFences, writeChanges } from '../../../src/apply/write-changes.ts';
import { replicaTarget } from '../../../src/pipelines/cdc/replica-target.ts';
import { entryOf, keyText } from '../../../src/pipelines/packed-outcome.ts';
import type { Key } from '../../../src/pipelines/pipeline.ts';
import { keyPlace, type KeyPlace } from './key-order-fixture.ts';

let place: KeyPlace;

beforeAll(async () => {
  place = await keyPlace();
});
afterAll(() => place?.close());

/** Types that can be a key, each with values in SQL. They are in no order. */
const types: readonly (readonly [type: string, ...values: string[]])[] = [
  ['tinyint', '5', '-128', '127', '0', '-1', '10'],
  ['smallint unsigned', '65535', '9', '10', '0', '100', '32768'],
  ['mediumint', '-8388608', '8388607', '0', '-9', '-10', '9'],
  ['int(6) zerofill', '4294967295', '2147483648', '42', '0', '100', '9'],
  [
    'bigint',
    '-9223372036854775808',
    '9223372036854775807',
    '9007199254740993',
    '9007199254740992',
    '0',
    '-1',
  ],
  ['bigint unsigned', '18446744073709551615', '9223372036854775807', '9223372036854775808', '0', '9', '10'],
  ['decimal(12,2)', '-9999999999.99', '9.5', '10', '-0.01', '0', '100.25'],
  ['decimal(10,2) unsigned', '99999999.99', '9.5', '10', '0.01', '0', '100.25'],
  ['decimal(65,30)', '12345678901234567890123456789012345.1', '-1e-30', '1e-30', '0', '-9', '10'],
  ['bit(1)', "b'1'", "b'0'"],
  ['bit(10)', '1023', '9', '10', '0', '256', '255'],
  ['bit(64)', '18446744073709551615', '9223372036854775808', '9223372036854775807', '0', '9', '10'],
  ['char(3)', "'b'", "'A'", "''", "'ä1'", "'a b'", "'z'", "'🙏'"],
  ['varchar(9) collate utf8mb4_0900_ai_ci', "'b'", "'A'", "''", "' a'", "'a '", "'ä1'", "'Z'", "'10'", "'9'"],
  [
    'varchar(9) collate utf8mb4_general_ci',
    "'b'",
    "'A'",
    "''",
    "' a'",
    "'a\\t'",
    "'ä1'",
    "'Z'",
    "'10'",
    "'9'",
  ],
  ['varchar(9) collate utf8mb4_bin', "'b'", "'A'", "''", "'a'", "'a\\t'", "'ä'", "'Z'", "'10'", "'9'"],
  ['varchar(9) character set latin1', "'b'", "'A'", "''", "'a\\t'", "'ä1'", "'ÿ'", "'€'", "'10'", "'9'"],
  ['varchar(9) character set utf8 collate utf8_unicode_ci', "'b'", "'A'", "''", "'ß1'", "'ä1'", "'Z'", "'9'"],
  ['varchar(9) character set ascii collate ascii_bin', "'b'", "'A'", "''", "'a'", "'a\\t'", "'Z'"],
  ['binary(3)', "X'000000'", "X'FF'", "X'0001'", "X'6100'", "X'FFFFFF'", "X'20'"],
  ['varbinary(4)', "X''", "X'00'", "X'FF'", "X'0001'", "X'61'", "X'6100'", "X'6120'"],
  ['date', "'9999-12-31'", "'0000-00-00'", "'2026-11-00'", "'2026-11-02'", "'2026-00-00'", "'1000-01-01'"],
  [
    'datetime',
    "'2026-11-02 10:00:00'",
    "'0000-00-00'",
    "'2026-11-00'",
    "'2026-11-02 09:00:00'",
    "'9999-12-31'",
  ],
  [
    'datetime(6)',
    "'2026-11-02 10:00:00.1'",
    "'2026-11-02 10:00:00.000009'",
    "'2026-11-02 10:00:00'",
    "'0000-00-00'",
  ],
  ['timestamp', "'2026-11-02 10:00:00'", "'0000-00-00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'"],
  [
    'timestamp(3)',
    "'2026-11-02 10:00:00.1'",
    "'2026-11-02 10:00:00.009'",
    "'0000-00-00'",
    "'2026-11-02 10:00:00'",
  ],
  [
    'time',
    "'838:59:59'",
    "'-838:59:59'",
    "'00:00:00'",
    "'-00:00:01'",
    "'100:00:00'",
    "'99:00:00'",
    "'-99:00:00'",
  ],
  [
    'time(3)',
    "'-00:00:00.001'",
    "'00:00:00'",
    "'12:30:15.5'",
    "'-12:30:15.5'",
    "'-12:30:15.499'",
    "'12:30:15.009'",
  ],
  ['year', '2155', '0', '1901', '2000', '1999', '1969'],
  ["enum('b','a','C','it''s','10','9')", "'a'", "'b'", "'9'", "'10'", "'C'", "'it''s'", "''"],
  ["enum('ä','b','Z','a') character set latin1", "'a'", "'b'", "'Z'", "'ä'"],
  ["enum('b','','a') collate utf8mb4_bin", "'a'", "'b'", "''"],
];

const cases = types.flatMap(([type, ...values], index) => [
  { type, values, name: `first_${index}`, key: 'k, id' },
  { type, values, name: `second_${index}`, key: 'id, k' },
]);

/** Makes a table with each value beside each number. */
async function make(name: string, one: (typeof cases)[number], ids: readonly number[]): Promise<void> {
  const { run } = place;
  await run(
    `CREATE TABLE ${name} (k ${one.type} NOT NULL, id INT NOT NULL, n INT, PRIMARY KEY (${one.key})) DEFAULT CHARACTER SET utf8mb4`,
  );
  const rows = one.values.flatMap((value) => ids.map((id) => `(${value}, ${id}, ${id})`));
  // What strict mode refuses is in tables all the same.
  await run("SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION'");
  await run(`INSERT INTO ${name} (k, id, n) VALUES ${rows.join(', ')}`);
  await run("SET SESSION sql_mode = 'STRICT_ALL_TABLES'");
}

async function schemaOf(table: string): Promise<TableSchema> {
  return (await readTableSchema(place.connection, place.source, table))!;
}

async function suspects(table: string, chunkRows: number): Promise<number> {
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

/** What Maxwell is asked for behind each key is all that the server sorts behind it, in Maxwell's own SQL mode. */
async function expectClauses(schema: TableSchema, keys: readonly Key[]): Promise<void> {
  await place.run('SET SESSION sql_mode = @@GLOBAL.sql_mode');
  for (const [index, key] of keys.entries()) {
    const clause = (range: Partial<BootstrapRange>): string =>
      bootstrapClause(schema, { low: null, includesLow: false, high: null, ...range }, 'b-1');
    const [found] = await place.run<Record<string, bigint>>(
      `SELECT (SELECT COUNT(*) FROM ${schema.table} WHERE ${clause({ low: key })}) AS behind, ` +
        `(SELECT COUNT(*) FROM ${schema.table} WHERE ${clause({ high: key })}) AS before_`,
    );
    expect(Object.values(found ?? {}).map(Number)).toEqual([keys.length - index - 1, index + 1]);
  }
  await place.run("SET SESSION sql_mode = 'STRICT_ALL_TABLES'");
}

describe.each(cases)('$type in the key ($key)', (one) => {
  const { name, values } = one;

  test('is read whole by chunks that end at every key, and compared by them', async () => {
    await make(name, one, [2, 4]);
    await place.load(name, 1);
    expect(await place.differing(name)).toEqual([]);
    expect(await suspects(name, 1)).toBe(0);
  });

  test('what differs is found by chunks and put right by others', async () => {
    const replica = `${place.olap}.${name}`;
    // More than twice as many rows as the source has: the chunks are parted by the replica's keys.
    for (const id of [1, 3, 5, 7])
      await place.run(`INSERT INTO ${replica} (k, id, n) SELECT k, ${id}, 1 FROM ${name} WHERE id = 2`);
    await place.run(`UPDATE ${replica} SET n = -1 WHERE id = 2 LIMIT 1`);
    await place.run(`DELETE FROM ${replica} WHERE id = 4 LIMIT 1`);
    for (const chunkRows of [2, 1_000]) expect(await suspects(name, chunkRows)).toBe(4 * values.length + 2);
    await place.load(name, 3);
    expect(await place.differing(name)).toEqual([]);
  });

  test('is parted by fences and by clauses for Maxwell as the server sorts it', async () => {
    const { connection, database, olap, reader, source } = place;
    // All the keys in the order in which the server sorts them.
    await make(`all_${name}`, one, [1, 2, 3, 4]);
    const whole = await schemaOf(`all_${name}`);
    const all = await readChunk(
      connection,
      whole,
      replicaTarget(whole, olap),
      { low: null, high: null },
      1_000,
    );
    const keys = all.found.rows.map(({ key }) => key);
    expect(keys).toHaveLength(4 * values.length);
    await expectClauses(whole, keys);

    const table = `part_${name}`;
    await make(table, one, [2, 4]);
    await reader.updater.update(source, table);
    const schema = await schemaOf(table);
    const target = replicaTarget(schema, olap);
    const [from, to] = [Math.floor(keys.length / 3), Math.floor((2 * keys.length) / 3)];
    const bounds = { low: keys[from - 1]!, high: keys[to - 1]! };
    const { found } = await readChunk(connection, schema, target, bounds, 1_000);
    const applied = await applyChunk(database, {
      pipeline: 'cdc',
      table: target,
      chunk: found,
      low: bounds.low,
      version: [1, 99, 1],
      syncAt: new Date(),
      load: 1,
      completesLoad: false,
      advance: () => Promise.resolve(true),
    });
    const inside = keys.slice(from, to);
    const idOf = (key: Key): string => key[one.key === 'k, id' ? 1 : 0]!;
    const isRow = (key: Key): boolean => Number(idOf(key)) % 2 === 0;
    expect(applied).toMatchObject({ rows: inside.filter(isRow).length, removed: 0 });

    const version = [1, 50, 0];
    const changes = keys.map((key, index) => ({
      index,
      key: keyText(key),
      version,
      entry: entryOf(target, key, version, readRow({ n: '7' }, new Date())),
      counted: true,
    }));
    const { counts } = await inTransaction(database, (transaction) =>
      writeChanges(transaction, target, changes, { rewrite: false, fences: anyFences }),
    );
    expect(counts).toMatchObject({ stale: inside.length, inserted: keys.length - inside.length });
    const replica = await schemaOf(table).then((read) => ({ ...read, database: olap }));
    const rows = await readChunk(connection, replica, target, { low: null, high: null }, 1_000);
    const written = rows.found.rows.filter(({ row }) => row['n'] === '7').map(({ key }) => keyText(key));
    expect(written).toEqual([...keys.slice(0, from), ...keys.slice(to)].map(keyText));
  });
});
