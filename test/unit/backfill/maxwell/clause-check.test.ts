import { expect, test } from 'vitest';
import { bootstrapLosses, endlessValues } from '../../../../src/cdc/bootstrap/unsupported-values.ts';
import { bootstrapMarker } from '../../../../src/cdc/bootstrap/bootstrap-markers.ts';
import { bootstrapClause } from '../../../../src/cdc/bootstrap/where-clause.ts';
import type { ColumnSchema, TableSchema } from '../../../../src/cdc/schema/table-schema.ts';

function column(name: string, columnType: string, changes: Partial<ColumnSchema> = {}): ColumnSchema {
  return {
    name,
    dataType: /^\w+/.exec(columnType)?.[0] ?? '',
    columnType,
    isUnsigned: false,
    length: null,
    scale: null,
    precision: null,
    charset: null,
    collation: null,
    isNullable: false,
    defaultText: null,
    defaultIsExpression: false,
    isGenerated: false,
    ...changes,
  };
}

function table(...columns: readonly ColumnSchema[]): TableSchema {
  const key = columns.filter(({ isNullable }) => !isNullable).map(({ name }) => name);
  const names = { database: 'shop', table: 'items', charset: 'utf8mb4', collation: 'utf8mb4_bin' };
  return { ...names, columns, key, hasPrimaryKey: true };
}

const id = column('id', 'bigint(20)');
const text = column('co`de', 'varchar(40)', { charset: 'latin1', collation: 'latin1_swedish_ci' });
const whole = { low: null, includesLow: true, high: null };

test('numbers are digits, and a low end belongs to the first chunk only', () => {
  const range = { low: ['1000'], includesLow: true, high: ['2000'] };
  expect(bootstrapClause(table(id), range, 'b-1')).toBe('`id` >= 1000 AND `id` <= 2000 /* alir b-1 */');
  expect(bootstrapClause(table(id), { ...range, includesLow: false }, 'b-1')).toContain('`id` > 1000 AND');
  expect(bootstrapClause(table(id), whole, 'b-1')).toBe('TRUE /* alir b-1 */');
});

test('a list of columns is compared one after the other', () => {
  const range = { low: ['5', 'ab'], includesLow: true, high: null };
  expect(bootstrapClause(table(id, text), range, 'b-1')).toBe(
    "(`id` > 5 OR `id` = 5 AND `co``de` >= 'ab') /* alir b-1 */",
  );
});

test.each(["' OR 1=1 -- ", '\\', '*/ DROP TABLE t', '{d 1}', 'é', '?', '%s', '\0', '0x41) OR (1', '"'])(
  'no key leaves its literal: %j',
  (key) => {
    const clause = bootstrapClause(table(text), { low: [key], includesLow: true, high: null }, 'b-1');
    expect(clause).toMatch(/^`co``de` >= _utf8mb4 X'(?:[0-9a-f]{2})+' \/\* alir b-1 \*\/$/);
    const hex = /X'(\w+)'/.exec(clause)?.[1] ?? '';
    expect(Buffer.from(hex, 'hex').toString()).toBe(key);
  },
);

test('what is no number is none in a column of numbers', () => {
  const clause = bootstrapClause(table(id), { low: ['1 OR 1=1'], includesLow: true, high: null }, 'b-1');
  expect(clause).toContain("`id` >= CAST('1 OR 1=1' AS SIGNED)");
});

const listed = column('e', "enum('b','a','it''s')", { charset: 'utf8mb4', collation: 'utf8mb4_bin' });

test('an ENUM is bounded by the numbers of its values', () => {
  const range = { low: ['b', '5'], includesLow: false, high: ["it's", '9'] };
  expect(bootstrapClause(table(listed, id), range, 'b-1')).toBe(
    '(`e` IN (2, 3) OR `e` = 1 AND `id` > 5) AND (`e` IN (0, 1, 2) OR `e` = 3 AND `id` <= 9) /* alir b-1 */',
  );
  expect(bootstrapClause(table(listed), { low: [''], includesLow: true, high: ['a'] }, 'b-1')).toBe(
    '`e` IN (0, 1, 2, 3) AND `e` IN (0, 1, 2) /* alir b-1 */',
  );
});

test('a long list has no room in a clause', () => {
  const labels = Array.from({ length: 90 }, (_, index) => `'label ${90 - index}'`);
  const long = column('e', `enum(${labels.join()})`, { charset: 'utf8mb4', collation: 'utf8mb4_bin' });
  const range = { low: ['label 90', '5'], includesLow: true, high: ['label 1', '9'] };
  expect(bootstrapClause(table(long, id), range, 'b-1')).toBe(
    '(`e` > 1 OR `e` = 1 AND `id` >= 5) AND (`e` < 90 OR `e` = 90 AND `id` <= 9) /* alir b-1 */',
  );
});

test('a zero date is no NULL, whatever the SQL mode of Maxwell is', () => {
  const day = column('day', 'date');
  const clause = bootstrapClause(table(day), { low: ['0000-00-00'], includesLow: false, high: null }, 'b-1');
  expect(clause).toBe("`day` > '0000-00-00' /* alir b-1 */");
});

test('the id of a backfill cannot end the comment', () => {
  expect(bootstrapClause(table(id), whole, 'x */ OR 1 /*')).toBe('TRUE /* alir xOR1 */');
});

test('what a bootstrap never comes past, and what it reads wrongly', () => {
  const optional = { isNullable: true };
  const schema = table(
    id,
    column('t', 'time(3)', { ...optional, scale: 3 }),
    column('d', 'date', optional),
    column('b', 'bit(64)', { ...optional, length: 64 }),
    column('y', 'year', optional),
    column('z', 'year', optional),
  );
  expect(endlessValues(schema).map((value) => value.column)).toEqual(['t', 'd']);
  expect(endlessValues(schema)[0]?.sql).toBe("(x.`t` < '00:00:00' OR x.`t` >= '24:00:00')");
  expect(bootstrapLosses(schema)).toEqual([
    'd (date): A bootstrap of Maxwell 1.22 makes NULL of a zero date.',
    'b (bit(64)): A bootstrap mixes up the bytes: its rows are refused.',
    'y (year), z (year): A bootstrap reads 0000 as 2000.',
  ]);
});

test('the marks of a table are told from its rows and from those of others', () => {
  const mark = (message: object) =>
    bootstrapMarker(Buffer.from(JSON.stringify({ database: 'shop', table: 'items', ...message })), table(id));
  expect(mark({ type: 'bootstrap-start', data: {} })).toBe('start');
  expect(mark({ type: 'bootstrap-complete', data: {} })).toBe('complete');
  expect(mark({ type: 'bootstrap-insert', data: { name: 'bootstrap-start' } })).toBeNull();
  expect(mark({ type: 'insert', data: { name: '"type":"bootstrap-start"' } })).toBeNull();
  expect(mark({ type: 'bootstrap-start', table: 'orders', data: {} })).toBeNull();
  expect(bootstrapMarker(null, table(id))).toBeNull();
});
