import { describe, expect, test } from 'vitest';
import { decodeJsonObject } from '../../../../src/cdc/json/decode-json.ts';
import type { JsonValue } from '../../../../src/cdc/json/exact-number.ts';
import { Broken, type Origin } from '../../../../src/cdc/types/column-type.ts';
import { textOf } from '../../../../src/cdc/types/columns.ts';
import type { ColumnSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { columnOf } from './column.ts';

/** A value as it stands in a message. */
function decoded(json: string): JsonValue {
  const message = decodeJsonObject(Buffer.from(`{"value":${json}}`));
  if (!message.ok) throw new Error(message.reason);
  return message.value['value'] ?? null;
}

function read(type: string, json: string, origin: Origin = 'live', changes: Partial<ColumnSchema> = {}) {
  const text = textOf(columnOf(type, changes), decoded(json), origin);
  return text instanceof Broken ? { broken: text.rule } : text;
}

describe('one text per value', () => {
  test.each([
    ['tinyint(1)', '1', '1'],
    ['tinyint(1)', 'true', '1'],
    ['int(11)', '-2147483648', '-2147483648'],
    ['bigint(20)', '-9223372036854775808', '-9223372036854775808'],
    ['bigint(20) unsigned', '18446744073709551615', '18446744073709551615'],
    ['decimal(12,2)', '12.50', '12.50'],
    ['decimal(12,2)', '12.5', '12.50'],
    ['decimal(12,2)', '-0.00', '0.00'],
    ['decimal(12,2)', '1E+3', '1000.00'],
    ['decimal(12,0)', '1.2E1', '12'],
    ['decimal(65,30)', '0E-30', '0.000000000000000000000000000000'],
    ['decimal(65,30)', '-1E-30', '-0.000000000000000000000000000001'],
    [
      'decimal(65,30)',
      '12345678901234567890123456789012345.123456789012345678901234567891',
      '12345678901234567890123456789012345.123456789012345678901234567891',
    ],
    ['float', '0.1', '0.10000000149011612'],
    ['float', '0.10000000149011612', '0.10000000149011612'],
    ['float', '3.4028235E38', '3.4028234663852886e38'],
    ['double', '0.1', '0.1'],
    ['double', '1.0', '1'],
    ['double', '-0.0', '-0'],
    ['double', '1.0E14', '100000000000000'],
    ['double', '1.0E15', '1e15'],
    ['double', '1.0E-15', '0.000000000000001'],
    ['double', '1.5E-16', '1.5e-16'],
    ['double', '123456.789', '123456.789'],
    ['bit(1)', 'true', '1'],
    ['bit(8)', '165', '165'],
    ['bit(32)', '-2147483648', '2147483648'],
    ['bit(64)', '9223372036854775809', '9223372036854775809'],
    ['char(10)', '"ab  "', 'ab'],
    ['varchar(10)', '"ab  "', 'ab  '],
    ['text', '"null"', 'null'],
    ['binary(4)', '"AQ=="', 'AQAAAA=='],
    ['binary(4)', '"AQAAAA=="', 'AQAAAA=='],
    ['binary(4)', '""', 'AAAAAA=='],
    ['varbinary(4)', '"AQ=="', 'AQ=='],
    // The same byte: what stands in the unused bits is dropped.
    ['blob', '"AR=="', 'AQ=='],
    ['date', '"0000-00-00"', '0000-00-00'],
    ['datetime', '"2026-11-23 08:15:00"', '2026-11-23 08:15:00'],
    ['datetime(3)', '"2026-11-23 08:15:00"', '2026-11-23 08:15:00.000'],
    ['datetime(3)', '"2026-11-23 08:15:00.125000"', '2026-11-23 08:15:00.125'],
    ['timestamp(6)', '"2026-11-23 08:15:00.999999"', '2026-11-23 08:15:00.999999'],
    ['time', '"838:59:59"', '838:59:59'],
    ['time(3)', '"-12:30:15.5"', '-12:30:15.500'],
    ['time', '"-00:00:00"', '00:00:00'],
    ['time', '"008:00:00"', '08:00:00'],
    ['year(4)', '2026', '2026'],
    ['year(4)', '1900', '0000'],
    ["enum('a','it''s')", '"it\'s"', "it's"],
    ["enum('a')", '""', ''],
    ["set('x','y','z')", '[]', ''],
    ["set('x','y','z')", '[""]', ''],
    ["set('x','y','z')", '["z","x","z"]', 'x,z'],
    ["set('','x')", '["","x"]', ',x'],
    [
      'json',
      '{"bb": 1, "a": [1.10, 1.0, -0, -0.0, 1E2, 1e20, 12345678901234567890], "é": "\\u0001/\\u00e9"}',
      '{"a": [1.1, 1.0, 0, -0.0, 100.0, 1e20, 12345678901234567890], "bb": 1, "é": "\\u0001/é"}',
    ],
    ['json', '[true, null, [], {}]', '[true, null, [], {}]'],
    ['json', '18446744073709551616', '1.8446744073709552e19'],
    ['json', '"{}"', '"{}"'],
    ['point', '"POINT (106.8 -6.2)"', 'POINT(106.8 -6.2)'],
    ['geometry', '"POLYGON ((0 0, 10 0, 1 1e-7, 0 0))"', 'POLYGON((0 0,10 0,1 0.0000001,0 0))'],
    ['geometry', '"GEOMETRYCOLLECTION EMPTY"', 'GEOMETRYCOLLECTION EMPTY'],
    ['geometry', '"POINT (0.000000012345678901234567 0)"', 'POINT(1.2345678901234567e-8 0)'],
  ])('%s: %s', (type, json, text) => {
    expect(read(type, json)).toBe(text);
  });
});

describe('a value that is not of its type breaks a rule that does not quote it', () => {
  test.each([
    ['int(11)', '"4711"'],
    ['int(11)', '4711.5'],
    ['int(11) unsigned', '-4711'],
    ['int(11)', '2147484711'],
    ['bigint(20)', '9223372036854775808'],
    ['bigint(20) unsigned', '18446744073709551616'],
    ['bigint(20) unsigned', '4711e2'],
    ['decimal(6,2)', '47110.00'],
    ['decimal(6,2)', '0.4711'],
    ['decimal(6,2)', '4711e999999999'],
    ['decimal(6,2)', '4711e900'],
    ['float', '4711e40'],
    ['double', '4711e400'],
    ['double', '"4711"'],
    ['bit(8)', '4711'],
    ['bit(16)', '-4711'],
    ['char(10)', '4711'],
    ['text', '{"4711": 1}'],
    ['binary(2)', '"4711"'],
    ['blob', '"4711="'],
    ['blob', '"47!1"'],
    ['date', '"4711-1-1"'],
    ['datetime', '"4711-01-01T00:00:00"'],
    ['datetime', '4711'],
    ['datetime(3)', '"2026-11-23 08:15:00.4711"'],
    ['time', '"47:11"'],
    ['time(2)', '"01:01:01.4711"'],
    ['year(4)', '4711'],
    ["enum('a','b')", '"4711"'],
    ["enum('a','b')", '"1"'],
    ["set('a','b')", '["4711"]'],
    ["set('a','b')", '"a"'],
    ["set('a','b')", '[4711]'],
    ['json', '[4711e400]'],
    ['point', '"POINT\'4711"'],
    ['point', '4711'],
    ['uuid', '"4711"'],
  ])('%s: %s', (type, json) => {
    const result = read(type, json) as { broken: string };
    expect(result.broken).toMatch(/^(?:must be|is|has|holds) /);
    expect(result.broken).not.toContain('4711');
  });
});

describe('BIT from a bootstrap', () => {
  test.each([
    ['bit(1)', 'true', '1'],
    ['bit(8)', '165', '165'],
    ['bit(9)', '1', '256'],
    ['bit(16)', '513', '258'],
    ['bit(24)', '197121', '66051'],
    ['bit(32)', '-16', '4043309055'],
    ['bit(32)', '128', '2147483648'],
  ])('%s: %s has its bytes put in order', (type, json, text) => {
    expect(read(type, json, 'bootstrap')).toBe(text);
  });

  test.each([
    ['bit(64)', '16777344'],
    ['bit(9)', '255'],
    ['bit(16)', '65536'],
  ])('%s: %s cannot be told', (type, json) => {
    expect(read(type, json, 'bootstrap')).toHaveProperty('broken');
  });
});

describe('null', () => {
  test.each(['int(11)', 'date', 'datetime(3)', "enum('a')", 'json'])('is NULL in %s', (type) => {
    expect(read(type, 'null')).toBeNull();
  });

  test.each([
    ['date', '0000-00-00'],
    ['datetime(3)', '0000-00-00 00:00:00.000'],
    ['timestamp', '0000-00-00 00:00:00'],
    ["enum('a')", ''],
    ['json', 'null'],
  ])('is the only value that %s NOT NULL has no other way to write', (type, text) => {
    expect(read(type, 'null', 'bootstrap', { isNullable: false })).toBe(text);
  });

  test('stays NULL where no value is written so: the table refuses it', () => {
    expect(read('int(11)', 'null', 'live', { isNullable: false })).toBeNull();
  });
});
