import { expect, test } from 'vitest';
import { murmur2, partitionOf } from '../../../../src/kafka/wire/partitioner.ts';

test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('the hash of %j is that of the Java client', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

test('a partition is never negative', () => {
  for (let i = 0; i < 1_000; i++) expect(partitionOf(String(i), 3)).toBeOneOf([0, 1, 2]);
});
