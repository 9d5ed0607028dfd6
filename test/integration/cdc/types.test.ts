import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeJsonObject } from '../../../src/cdc/json/decode-json.ts';
import { readEnvelope } from '../../../src/cdc/maxwell/envelope.ts';
import { Broken } from '../../../src/cdc/types/column-type.ts';
import { keyColumn, knownTypes, targetColumn, textOf } from '../../../src/cdc/types/columns.ts';
import type { ColumnSchema } from '../../../src/cdc/schema/table-schema.ts';
import { doubleText } from '../../../src/cdc/types/floating.ts';
import { classifyMysqlError, RowError } from '../../../src/mysql/mysql-error.ts';
import type { Database } from '../../../src/mysql/connection.ts';
import { withConnection } from '../../../src/mysql/server-connection.ts';
import { laneStack } from '../../support/lane-stack.ts';
import { testDatabase } from '../../support/mysql.ts';
import { ordersPlace } from '../../support/orders-place.ts';
import { readTopic } from '../../support/read-topic.ts';
import { cases } from '../../unit/cdc/types/cases.ts';
import { columnOf } from '../../unit/cdc/types/column.ts';

let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, close } = await testDatabase());
});
afterAll(() => close());

const asItIs = (text: string): string => text;
const printed = (sql: string): string => `CONVERT(${sql} USING utf8mb4)`;
const list = (column: string): string => `JSON_TABLE(?, '$[*]' COLUMNS (${column} LONGTEXT PATH '$[0]'))`;

/** Writes texts into `value` of a table, each beside its number, NULL for null. */
async function write(table: string, column: ColumnSchema, texts: readonly (string | null)[]): Promise<void> {
  const { fromText = asItIs } = targetColumn(column);
  for (const text of texts) {
    await database.$executeRawUnsafe(
      `INSERT INTO ${table} (value) SELECT ${fromText('j.c')} FROM ${list('c')} j`,
      JSON.stringify([text === null ? [] : [text]]),
    );
  }
}

async function readBack(table: string, column: ColumnSchema): Promise<(string | null)[]> {
  const { toText = printed } = targetColumn(column);
  const rows = await database.$queryRawUnsafe<{ text: string | null }[]>(
    `SELECT ${toText('x.value')} AS text FROM ${table} x ORDER BY id`,
  );
  return rows.map(({ text }) => text);
}

async function make(table: string, type: string): Promise<void> {
  await database.$executeRawUnsafe(
    `CREATE TABLE ${table} (id INT AUTO_INCREMENT PRIMARY KEY, value ${type} NULL) DEFAULT CHARACTER SET utf8mb4`,
  );
}

test('every type that can be replicated has its case', () => {
  const tested = new Set(cases.map(({ type }) => columnOf(type).dataType));
  // The name that newer servers have for a type of 8.0.12.
  tested.add('geomcollection');
  expect(knownTypes.filter((type) => !tested.has(type))).toEqual([]);
});

describe.each(cases.map((one, index) => ({ ...one, index })))('$type', (one) => {
  const { type, good, bad, index } = one;
  const column = columnOf(type, one.column);

  test('holds every text and prints the same', async () => {
    await make(`held_${index}`, type);
    const texts = [null, ...good];
    await write(`held_${index}`, column, texts);
    expect(await readBack(`held_${index}`, column)).toEqual(texts);
  });

  test('refuses what does not fit', async () => {
    await make(`refused_${index}`, type);
    for (const text of bad) {
      const error: unknown = await write(`refused_${index}`, column, [text]).catch(classifyMysqlError);
      expect(error, text.slice(0, 20)).toBeInstanceOf(RowError);
    }
    expect(await readBack(`refused_${index}`, column)).toEqual([]);
  });

  test('as a key is found by its text, through the index', async () => {
    const key = keyColumn(column);
    expect(key instanceof Broken).toBe(one.isKey !== true);
    if (key instanceof Broken) return;
    await database.$executeRawUnsafe(
      `CREATE TABLE keyed_${index} (value ${type} NOT NULL PRIMARY KEY, n INT) DEFAULT CHARACTER SET utf8mb4`,
    );
    await write(`keyed_${index}`, column, good);
    const { toText = printed } = targetColumn(column);
    const query = `FROM (SELECT j.c AS k0 FROM ${list('c')} j) t STRAIGHT_JOIN keyed_${index} x FORCE INDEX (PRIMARY) ON x.value = ${key.fromText('t.k0')}`;
    for (const text of good) {
      const found = await database.$queryRawUnsafe<{ text: string }[]>(
        `SELECT ${toText('x.value')} AS text ${query} FOR UPDATE`,
        JSON.stringify([[text]]),
      );
      expect(found).toEqual([{ text }]);
    }
    const plan = await database.$queryRawUnsafe<{ table: string; type: string }[]>(
      `EXPLAIN SELECT x.n ${query}`,
      JSON.stringify([[good[0]]]),
    );
    expect(plan.find(({ table }) => table === 'x')?.type).toBe('eq_ref');
  });
});

describe('the texts of numbers are those that MySQL prints', () => {
  const numbers = seededDoubles(600);

  test('doubles and floats', async () => {
    await make('doubles', 'double');
    await make('floats', 'float');
    const singles = numbers.map(Math.fround).filter(Number.isFinite);
    await writeAll(
      'doubles',
      numbers.map((number) => doubleText(number)),
    );
    await writeAll(
      'floats',
      singles.map((number) => doubleText(number)),
    );
    expect(await readBack('doubles', columnOf('double'))).toEqual(
      numbers.map((number) => doubleText(number)),
    );
    expect(await readBack('floats', columnOf('float'))).toEqual(singles.map((number) => doubleText(number)));
  });

  test('coordinates', async () => {
    const point = columnOf('point');
    const texts = numbers.map((number) => textOf(point, `POINT (${number} 0)`, 'live') as string);
    await make('points', 'point');
    await writeAll('points', texts, 'ST_GeomFromText(j.c)');
    expect(await readBack('points', point)).toEqual(texts);
  });

  test('numbers in JSON that MySQL reads exactly', async () => {
    const json = columnOf('json');
    // Up to 15 digits, and a power of ten that a double holds: of others MySQL 8.0.12 may miss the last digit.
    const short = numbers
      .filter((number) => Math.abs(number) >= 1e-7 && Math.abs(number) < 1e20)
      .map((number) => Number(number.toPrecision(15)));
    expect(short.length).toBeGreaterThan(100);
    const texts = short.map((number) => textOf(json, number, 'live') as string);
    await make('documents', 'json');
    await writeAll('documents', texts);
    expect(await readBack('documents', json)).toEqual(texts);
  });

  async function writeAll(table: string, texts: readonly string[], value = 'j.c'): Promise<void> {
    await database.$executeRawUnsafe(
      `INSERT INTO ${table} (value) SELECT ${value} FROM ${list('c')} j`,
      JSON.stringify(texts.map((text) => [text])),
    );
  }
});

/** Doubles of all sizes and lengths, the same ones in every run. */
function seededDoubles(count: number): number[] {
  let seed = 20_261_123;
  const next = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  return Array.from({ length: count }, (_, index) => {
    const digits = Number((next() * 10).toPrecision(1 + Math.floor(next() * 17)));
    const power = index % 2 === 0 ? Math.floor(next() * 40) - 20 : Math.floor(next() * 600) - 300;
    return Number(`${next() < 0.5 ? '-' : ''}${digits}e${power}`);
  });
}

/** Columns with the values of two rows. Those that differ later are in `lost`. */
const seen: Readonly<Record<string, readonly [type: string, first: string, second: string]>> = {
  b9: ['bit(9)', '257', '256'],
  b32: ['bit(32)', '4043309055', '2147483648'],
  ch: ['char(5)', "'ab  '", "''"],
  l1: ['varchar(20) CHARACTER SET latin1', "'€é'", 'NULL'],
  bin: ['binary(4)', "'a'", '0x00'],
  blob_: ['blob', 'REPEAT(0xFF00, 100)', "''"],
  big: ['decimal(40,20)', '12345678901234567890', '1e-20'],
  f: ['float', '16777215', '0.1'],
  d: ['double', '-1.7976931348623157e308', '0.30000000000000004'],
  y: ['year', '2155', '0000'],
  t: ['time(3)', "'12:00:00.120'", "'23:59:59.999'"],
  at: ['datetime(3)', "'2026-11-23 01:02:03.100'", "'0000-00-00 00:00:00'"],
  s: ["set('x','y')", "'y,x'", "''"],
  j: ['json', `'{"bb": [1.0, -0.0, 1.5e-7], "a": 18446744073709551615}'`, `'"{}"'`],
  g: [
    'geometry',
    "ST_GeomFromText('POINT(-6.1234567890123456 106.8)', 4326)",
    "ST_GeomFromText('GEOMETRYCOLLECTION(MULTIPOINT(0 0,1 1),POLYGON((0 0,1 0,1 1,0 0)))')",
  ],
};
const lost = { live: [[], []], bootstrap: [['f'], ['y', 'at']] };

test('what Maxwell writes, live and in a bootstrap, has the texts that the source prints', async () => {
  const place = await ordersPlace(laneStack());
  const columns = Object.entries(seen).map(([name, [type]]) => columnOf(type, { name }));
  const table = 'seen_types';
  const printedTexts = await withConnection(place.config.source, async (connection) => {
    const declared = Object.entries(seen).map(([name, [type]]) => `${name} ${type}`);
    await connection.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, ${declared.join(', ')})`);
    for (const id of [1, 2]) {
      const values = Object.values(seen).map((column) => column[id]);
      await connection.query(`INSERT INTO ${table} VALUES (${id}, ${values.join(', ')})`);
    }
    await connection.query(
      `INSERT INTO maxwell.bootstrap (database_name, table_name, client_id) VALUES (DATABASE(), '${table}', 'maxwell')`,
    );
    const texts = columns.map((column) => {
      const { name, toText = printed } = targetColumn(column);
      return `${toText(`x.${name}`)} AS ${name}`;
    });
    return connection.query<Record<string, string | null>[]>(
      `SELECT ${texts.join(', ')} FROM ${table} x ORDER BY id`,
    );
  });

  const topic = `producer.${place.config.source.database}.${table}`;
  const arrived = async () => {
    const messages = await readTopic(place.brokers, topic).catch(() => []);
    return messages.flatMap(({ value }) => {
      const decoded = decodeJsonObject(value ?? Buffer.alloc(0));
      const envelope = decoded.ok ? readEnvelope(decoded.value) : null;
      return envelope?.kind === 'row' ? [envelope] : [];
    });
  };
  await expect.poll(async () => (await arrived()).length, { timeout: 60_000 }).toBe(4);

  for (const { change, data } of await arrived()) {
    const origin = change === 'insert' ? 'live' : 'bootstrap';
    const row = Number(data['id']) - 1;
    const texts = columns.map((column): [string, unknown] => [
      column.name,
      textOf(column, data[column.name] ?? null, origin),
    ]);
    const different = texts.filter(([name, text]) => text !== printedTexts[row]?.[name]);
    expect(different.map(([name]) => name)).toEqual(lost[origin][row]);
  }
  await withConnection(place.config.source, (connection) => connection.query(`DROP TABLE ${table}`));
});
