import { expect, test } from 'vitest';
import { comparePositions } from '../../../src/cdc/maxwell/binlog-position.ts';
import { keyCompares, keyOrder, keysWithin } from '../../../src/replica/key-range.ts';
import { withReplicaLabels } from '../../../src/replica/replica-labels.ts';
import { unsignedKey } from '../../../src/pipelines/orders/target-row.ts';
import type { TargetTable } from '../../../src/pipelines/pipeline.ts';

test('binlog positions compare by the number of the file, then by the offset, as numbers', () => {
  const sorted = [
    'binlog.000009:9',
    'binlog.000010:4',
    'binlog.000010:10',
    'binlog.999999:1',
    'binlog.1000000:1',
  ];
  expect([...sorted].reverse().sort(comparePositions)).toEqual(sorted);
  expect(comparePositions('mysql-bin.000003:7', 'mysql-bin.000003:7')).toBe(0);
});

const table: TargetTable = {
  name: 't',
  key: [unsignedKey('a'), { name: 'b', fromText: (text) => text }],
  columns: [],
  versionColumns: ['v'],
};

test('a key comes after another column by column, and its values stay parameters', () => {
  expect(keyCompares(table, '>', ['1', "x' OR 1"])).toEqual({
    sql: '(x.`a` > CAST(? AS UNSIGNED) OR x.`a` = CAST(? AS UNSIGNED) AND x.`b` > ?)',
    values: ['1', '1', "x' OR 1"],
  });
});

test('the end of a range belongs to it: equal only in the last column', () => {
  expect(keyCompares(table, '<=', ['1', 'x']).sql).toBe(
    '(x.`a` < CAST(? AS UNSIGNED) OR x.`a` = CAST(? AS UNSIGNED) AND x.`b` <= ?)',
  );
});

const listed: TargetTable = {
  ...table,
  key: [{ name: 'e', fromText: (text) => text, labels: ['', 'b', 'a', 'd'] }, unsignedKey('id')],
};

test('an ENUM is bounded by the labels that come before or behind, in the order of its values', () => {
  expect(keysWithin(listed, { low: ['b', '7'], high: ['a', '9'] })).toEqual({
    sql:
      '(x.`e` IN (?, ?) OR x.`e` = ? AND x.`id` > CAST(? AS UNSIGNED)) AND ' +
      '(x.`e` IN (?, ?) OR x.`e` = ? AND x.`id` <= CAST(? AS UNSIGNED))',
    values: ['a', 'd', 'b', '7', '', 'b', 'a', '9'],
  });
  expect(keyCompares(listed, '>', ['d', '7']).sql).toContain('(FALSE OR x.`e` = ? AND');
});

test('a label that the source does not list comes behind all of them', () => {
  expect(keyCompares(listed, '>', ['x', '7']).values).toEqual(['x', '7']);
  expect(keyCompares(listed, '<=', ['x', '7']).values).toEqual(['', 'b', 'a', 'd', 'x', '7']);
});

test("labels that only the replica has lie behind the source's, wherever its own order has them", () => {
  const replica = (columnType: string) => withReplicaLabels(listed, [{ name: 'E', columnType }]);
  const behind = replica("enum('b','a','d','x''y')");
  expect(keyCompares(behind, '>', ['a', '7']).values).toEqual(['d', "x'y", 'a', '7']);
  expect(keyOrder(behind)).toBe('x.`e`, x.`id`');
  const between = replica("enum('x','a','b','d')");
  expect(keyCompares(between, '>', ['a', '7']).values).toEqual(['d', 'x', 'a', '7']);
  expect(keyOrder(between)).toBe("IFNULL(NULLIF(FIELD(x.`e`, '', 'b', 'a', 'd', 'x'), 0), 6), x.`id`");
  expect(withReplicaLabels(table, [])).toBe(table);
});
