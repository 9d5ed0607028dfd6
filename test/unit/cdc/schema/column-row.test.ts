import { describe, expect, test } from 'vitest';
import { columnOf, type ColumnRow } from '../../../../src/cdc/schema/column-row.ts';

const row = (more: Partial<ColumnRow>): ColumnRow => ({
  name: 'c',
  dataType: 'varchar',
  columnType: 'varchar(20)',
  characters: 20,
  precision: null,
  scale: null,
  fraction: null,
  charset: 'utf8mb4',
  collation: 'utf8mb4_bin',
  nullable: 'YES',
  defaultText: null,
  extra: '',
  comment: '',
  ...more,
});
const datetime = { dataType: 'datetime', columnType: 'datetime(3)', characters: null, fraction: 3 };

describe('a default', () => {
  test.each<[Partial<ColumnRow>, string | null, boolean]>([
    [{}, null, false],
    [{ defaultText: '' }, '', false],
    [{ defaultText: 'CURRENT_TIMESTAMP' }, 'CURRENT_TIMESTAMP', false],
    [{ defaultText: 'uuid()', extra: 'DEFAULT_GENERATED' }, 'uuid()', true],
    [{ ...datetime, defaultText: 'CURRENT_TIMESTAMP(3)' }, 'CURRENT_TIMESTAMP(3)', true],
    [{ ...datetime, defaultText: '2026-01-01 00:00:00.000' }, '2026-01-01 00:00:00.000', false],
  ])('of MySQL: %j', (more, defaultText, defaultIsExpression) => {
    expect(columnOf(row(more), false)).toMatchObject({ defaultText, defaultIsExpression });
  });

  test.each<[string | null, string | null, boolean]>([
    [null, null, false],
    ['NULL', null, false],
    ["'NULL'", 'NULL', false],
    ["''", '', false],
    ["'it''s'", "it's", false],
    ['0', '0', false],
    ['-1.50', '-1.50', false],
    ["b'1'", "b'1'", false],
    ['current_timestamp(3)', 'current_timestamp(3)', true],
    ["concat('a','b')", "concat('a','b')", true],
  ])('of MariaDB: %j', (sql, defaultText, defaultIsExpression) => {
    expect(columnOf(row({ defaultText: sql }), true)).toMatchObject({ defaultText, defaultIsExpression });
  });
});

describe('a column', () => {
  test.each<[Partial<ColumnRow>, object]>([
    [{}, { length: 20, scale: null, precision: null, isNullable: true, isGenerated: false }],
    [
      { ...datetime, nullable: 'NO' },
      { length: null, scale: 3, isNullable: false },
    ],
    [
      { dataType: 'BIT', columnType: 'bit(9)', characters: null, precision: 9 },
      { dataType: 'bit', length: 9 },
    ],
    [
      { dataType: 'float', columnType: 'float(7,2)', precision: 7, scale: 2 },
      { precision: null, scale: null },
    ],
    [
      { dataType: 'decimal', columnType: 'decimal(7,2) unsigned', precision: 7, scale: 2 },
      { isUnsigned: true },
    ],
    [
      { dataType: 'enum', columnType: "enum('an unsigned one')" },
      { isUnsigned: false, length: null },
    ],
    [{ extra: 'VIRTUAL GENERATED' }, { isGenerated: true }],
    [{ extra: 'STORED GENERATED, INVISIBLE' }, { isGenerated: true }],
    [{ extra: 'DEFAULT_GENERATED' }, { isGenerated: false }],
  ])('%j', (more, expected) => {
    expect(columnOf(row(more), false)).toMatchObject(expected);
  });
});
