import { describe, expect, test } from 'vitest';
import { fitKeyType, fitType } from '../../../../src/replica/table/fit-type.ts';
import type { ColumnSchema } from '../../../../src/cdc/schema/table-schema.ts';
import { column } from './schemas.ts';

const latin1 = { charset: 'latin1', collation: 'latin1_swedish_ci' };
const bin = { collation: 'utf8mb4_bin' };
const utf8 = { charset: 'utf8', collation: 'utf8_general_ci' };
const utf8mb3 = { charset: 'utf8mb3', collation: 'utf8mb3_general_ci' };

type Side = string | [type: string, more: Partial<ColumnSchema>];
const make = (side: Side): ColumnSchema =>
  typeof side === 'string' ? column('c', side) : column('c', side[0], side[1]);

/** What becomes of the replica's type when the source's is the second one: a type (`!`: values to be read again). */
const outcome = (replica: Side, source: Side, fit: typeof fitType = fitType): string => {
  const result = fit(make(replica), make(source));
  if (result.kind !== 'change') return result.kind;
  const { columnType, collation } = result.to;
  const suffix = collation === null || collation === 'utf8mb4_general_ci' ? '' : ` ${collation}`;
  return `${columnType}${suffix}${result.rewritten ? ' !' : ''}`;
};

describe('a column of the replica', () => {
  test.each<[Side, Side, string]>([
    // Whole numbers
    ['int', 'int', 'keep'],
    ['int(11)', 'int', 'keep'],
    ['int', 'bigint', 'bigint'],
    ['bigint', 'int', 'keep'],
    ['tinyint(1)', 'tinyint', 'keep'],
    ['int unsigned', 'bigint', 'bigint'],
    ['bigint', 'int unsigned', 'keep'],
    ['int', 'int unsigned', 'bigint'],
    ['int unsigned', 'int', 'bigint'],
    ['tinyint unsigned', 'tinyint', 'smallint'],
    ['tinyint', 'mediumint unsigned', 'int'],
    ['bigint', 'bigint unsigned', 'bigint unsigned'],
    ['int', 'bigint unsigned', 'bigint unsigned'],
    ['bigint unsigned', 'tinyint', 'bigint'],
    ['int', 'double', 'refuse'],
    ['int', 'datetime', 'refuse'],
    ['int', 'decimal(12,2)', 'decimal(12,2) !'],
    ['int', 'decimal(11,2)', 'refuse'],
    ['bigint unsigned', 'decimal(20,0)', 'decimal(20,0) !'],
    ['bigint unsigned', 'decimal(19,0)', 'refuse'],
    ['int', 'decimal(12,2) unsigned', 'refuse'],
    ['int', 'varchar(11)', 'varchar(11) !'],
    ['int', 'varchar(10)', 'refuse'],
    ['bigint', 'text', 'text !'],
    // Decimals
    ['decimal(12,2)', 'decimal(12,2)', 'keep'],
    ['decimal(12,2)', 'decimal(14,2)', 'decimal(14,2)'],
    ['decimal(14,2)', 'decimal(12,2)', 'keep'],
    ['decimal(12,2)', 'decimal(12,4)', 'decimal(14,4)'],
    ['decimal(12,4)', 'decimal(12,2)', 'refuse'],
    ['decimal(65,2)', 'decimal(65,3)', 'refuse'],
    ['decimal(12,2) unsigned', 'decimal(12,2)', 'decimal(12,2)'],
    ['decimal(12,2)', 'decimal(12,2) unsigned', 'keep'],
    ['decimal(12,2)', 'int', 'refuse'],
    // Others
    ['float', 'float', 'keep'],
    ['float', 'double', 'double !'],
    ['double', 'float', 'refuse'],
    ['float(7,2)', 'float(9,2)', 'refuse'],
    ['double unsigned', 'double', 'double'],
    ['bit(8)', 'bit(16)', 'bit(16)'],
    ['bit(16)', 'bit(8)', 'refuse'],
    ['year(4)', 'year', 'keep'],
    ['uuid', 'uuid', 'keep'],
    ['json', 'json', 'keep'],
    ['json', 'text', 'refuse'],
    [['longtext', bin], 'json', 'keep'],
    ['longtext', 'json', 'refuse'],
    // Times
    ['datetime', 'datetime(3)', 'datetime(3)'],
    ['datetime(6)', 'datetime(3)', 'refuse'],
    ['timestamp', 'datetime', 'datetime !'],
    ['datetime', 'timestamp', 'refuse'],
    ['date', 'datetime', 'datetime !'],
    ['datetime', 'date', 'refuse'],
    ['time', 'time(6)', 'time(6)'],
    ['time', 'datetime', 'refuse'],
    // Texts
    ['varchar(20)', 'varchar(50)', 'varchar(50)'],
    ['varchar(50)', 'varchar(20)', 'keep'],
    ['char(3)', 'char(5)', 'char(5)'],
    ['char(5)', 'varchar(3)', 'varchar(5)'],
    ['varchar(3)', 'char(5)', 'refuse'],
    ['varchar(255)', 'text', 'text'],
    ['varchar(255)', 'tinytext', 'text'],
    ['text', 'varchar(255)', 'keep'],
    ['text', 'mediumtext', 'mediumtext'],
    ['longtext', 'text', 'keep'],
    ['text', 'json', 'refuse'],
    ['text', 'blob', 'refuse'],
    ['text', 'int', 'refuse'],
    [['varchar(20)', latin1], 'varchar(20)', 'varchar(20)'],
    ['varchar(20)', ['varchar(30)', latin1], 'varchar(30)'],
    [['text', latin1], 'text', 'mediumtext'],
    [['text', utf8], 'text', 'text'],
    [['varchar(20)', utf8], ['varchar(20)', utf8mb3], 'keep'],
    [['varchar(9)', latin1], ['varchar(9)', { charset: 'gbk', collation: 'gbk_bin' }], 'refuse'],
    ['varchar(20)', ['varchar(20)', bin], 'varchar(20) utf8mb4_bin'],
    // Lists
    ["enum('a','b')", "enum('a','b')", 'keep'],
    ["enum('a','b')", "enum('a','b','c')", "enum('a','b','c')"],
    ["enum('a','b')", "enum('c','a','b')", "enum('c','a','b')"],
    ["enum('a','b')", "enum('b','a')", "enum('b','a')"],
    ["enum('a','b')", "enum('a')", 'keep'],
    ["enum('a','b')", "enum('b','c')", "enum('a','b','c')"],
    ["enum('a','b')", "enum('A','b')", 'refuse'],
    ["enum('it''s','a\\\\b')", "enum('it''s','a\\\\b','x,y')", "enum('it''s','a\\\\b','x,y')"],
    ["enum('a')", "set('a')", 'refuse'],
    ["enum('paid','done')", 'varchar(4)', 'varchar(4) !'],
    ["enum('paid','done')", 'varchar(3)', 'refuse'],
    ["set('a','b')", "set('a','b','c')", "set('a','b','c')"],
    ["set('a','b','c')", "set('a','c')", 'keep'],
    ["set('a','b','c')", "set('c','a')", 'refuse'],
    ['varchar(9)', "enum('a')", 'refuse'],
    // Bytes
    ['varbinary(8)', 'varbinary(16)', 'varbinary(16)'],
    ['varbinary(16)', 'varbinary(8)', 'keep'],
    ['varbinary(16)', 'blob', 'blob'],
    ['longblob', 'blob', 'keep'],
    ['binary(8)', 'binary(8)', 'keep'],
    ['binary(8)', 'binary(16)', 'binary(16) !'],
    ['binary(16)', 'binary(8)', 'refuse'],
    ['binary(16)', 'varbinary(8)', 'varbinary(16)'],
    ['varbinary(8)', 'binary(8)', 'refuse'],
    ['blob', 'text', 'refuse'],
    // Places
    ['point', 'geometry', 'geometry'],
    ['geometry', 'point', 'keep'],
    ['geomcollection', 'geometrycollection', 'keep'],
    ['point', 'polygon', 'refuse'],
    ['geometry', 'blob', 'refuse'],
  ])('of %s, when the source has %s: %s', (replica, source, expected) => {
    expect(outcome(replica, source)).toBe(expected);
  });

  test.each<[Side, Side, string]>([
    ['int', 'bigint', 'bigint'],
    ['bigint', 'int', 'keep'],
    ['varchar(20)', 'varchar(50)', 'varchar(50)'],
    ['varchar(20)', ['varchar(20)', bin], 'refuse'],
    ['varchar(20)', 'text', 'refuse'],
    ['binary(8)', 'binary(16)', 'refuse'],
    ['decimal(9,2)', 'decimal(12,2)', 'decimal(12,2)'],
    ['decimal(9,2)', 'decimal(9,3)', 'refuse'],
    ['datetime', 'datetime(3)', 'refuse'],
    ['timestamp', 'datetime', 'refuse'],
    // Values keep their places in the order, or all is read again.
    ["enum('b','a')", "enum('b','a')", 'keep'],
    ["enum('b','a')", "enum('b','c','a')", "enum('b','c','a')"],
    ["enum('b','a')", "enum('a','b')", "enum('a','b') !"],
    ["enum('b','a')", "enum('b')", 'keep'],
    ["enum('b','a','c')", "enum('b','c')", "enum('b','c','a') !"],
    ["enum('b','a')", "enum('c','b')", "enum('c','b','a')"],
    ["enum('b','a')", "enum('c','a')", "enum('c','a','b') !"],
    ["enum('a','b')", "enum('A','b')", 'refuse'],
    ["enum('b','a')", 'varchar(9)', 'refuse'],
  ])('of the key, %s, when the source has %s: %s', (replica, source, expected) => {
    expect(outcome(replica, source, fitKeyType)).toBe(expected);
  });

  test('stays as it is once it has been made to fit', () => {
    const types = [
      'int',
      'int unsigned',
      'decimal(9,3)',
      'varchar(20)',
      'text',
      "enum('a','b')",
      "enum('b','c')",
    ];
    for (const replica of types) {
      for (const source of types) {
        const fit = fitType(column('c', replica), column('c', source));
        if (fit.kind !== 'change') continue;
        const { charset, collation } = fit.to;
        const changed = column('c', fit.to.columnType, { charset, collation });
        expect([replica, source, fitType(changed, column('c', source)).kind]).toEqual([
          replica,
          source,
          'keep',
        ]);
      }
    }
  });
});
