import { expect, test } from 'vitest';
import { keyCompares } from '../../../../src/database/replica/key-range.ts';
import { comparePositions } from '../../../../src/database/replica/maxwell-position.ts';
import { unsignedKey } from '../../../../src/pipelines/orders/target-row.ts';
import type { TargetTable } from '../../../../src/pipelines/pipeline.ts';

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
