import { expect, test } from 'vitest';
import { bytesBehind } from '../../../../src/process/metrics/maxwell-gauges.ts';

const files = [
  { name: 'binlog.000009', bytes: 100 },
  { name: 'binlog.000010', bytes: 40 },
  { name: 'binlog.000011', bytes: 7 },
];

test('what Maxwell has not read is the rest of its file and all files after it', () => {
  expect(bytesBehind(files, 'binlog.000009', 60)).toBe(87);
  expect(bytesBehind(files, 'binlog.000010', 40)).toBe(7);
  expect(bytesBehind(files, 'binlog.000011', 7)).toBe(0);
});

test('a position that is ahead of a list read before it is not behind', () => {
  expect(bytesBehind(files, 'binlog.000011', 9)).toBe(0);
});

test('where the server has removed the file nobody can tell', () => {
  expect(bytesBehind(files, 'binlog.000008', 4)).toBe(null);
});
