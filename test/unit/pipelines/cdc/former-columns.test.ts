import { expect, test } from 'vitest';
import { ExactNumber } from '../../../../src/cdc/json/exact-number.ts';
import { schemaOfDefinition } from '../../../../src/cdc/schema/maxwell-schema.ts';
import { Broken } from '../../../../src/cdc/types/column-type.ts';
import { addedValue, readerOf } from '../../../../src/pipelines/cdc/former-columns.ts';
import { columnOf } from '../../cdc/types/column.ts';

const textOf = (then: string, now: string, value: string | number) => {
  const text = readerOf({ ...columnOf(then), length: null }, columnOf(now))(value, 'live');
  return text instanceof Broken ? text.rule : text;
};

test.each([
  ["enum('a','b')", "enum('b','a')", 'a', 'a'],
  ['int', 'varchar(20)', 17, '17'],
  ['int unsigned', 'bigint', 4_000_000_000, '4000000000'],
  ['datetime', 'datetime(6)', '2026-11-25 08:00:00', '2026-11-25 08:00:00.000000'],
  ['binary(2)', 'binary(4)', 'AQI=', 'AQIAAA=='],
])('a value of %s is taken by %s', (then, now, value, text) => {
  expect(textOf(then, now, value)).toBe(text);
});

test.each([
  ['varchar(20)', 'varbinary(20)', 'abcd', 'had another type when the row was written'],
  ["enum('a','b')", "enum('b')", 'a', 'is not one of the values that its column lists'],
  ['int unsigned', 'int', 4_000_000_000, 'is out of range'],
])('a value of %s is refused by %s', (then, now, value, rule) => {
  expect(textOf(then, now, value)).toBe(rule);
});

test.each([
  ['decimal', 'decimal(10,2) unsigned', '19.90', '19.90'],
  ['decimal', 'decimal(10,3) unsigned zerofill', '1.500', '1.500'],
  ['decimal', 'varchar(20)', '19.90', '19.90'],
  ['decimal', 'decimal(12,4)', '19.90', '19.9000'],
  ['float', 'float unsigned', '1.5', '1.5'],
  ['double', 'double unsigned zerofill', '1e300', '1e300'],
  ['int', 'int(10) unsigned zerofill', '-1', '4294967295'],
  ['bigint', 'bigint(20) unsigned zerofill', '-1', '18446744073709551615'],
])('what the DDL message of a %s does not tell is no difference to %s', (type, now, value, text) => {
  const definition = {
    database: 'app_producer',
    table: 'price',
    columns: [{ name: 'value', type, ...(/int/.test(type) && { signed: true }) }],
    'primary-key': [],
  };
  const then = schemaOfDefinition(definition)!.columns[0]!;
  expect(readerOf(then, columnOf(now))(new ExactNumber(value), 'live')).toBe(text);
});

test('a column that was added has the constant that its default gives, and no guess', () => {
  expect(addedValue(columnOf('int', { defaultText: '5' }))).toBe('5');
  expect(addedValue(columnOf('varchar(9)', { defaultText: '' }))).toBe('');
  expect(addedValue(columnOf('datetime', { defaultText: 'now()', defaultIsExpression: true }))).toBeNull();
  expect(addedValue(columnOf('bit(1)', { defaultText: "b'1'" }))).toBeNull();
});
