import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change } from '../../../src/apply/changes.ts';
import { findRefused } from '../../../src/apply/find-refused.ts';
import { RowError } from '../../../src/mysql/mysql-error.ts';

const changesOf = (count: number): Change[] =>
  Array.from({ length: count }, (_, index) => ({
    index,
    key: String(index),
    version: [index],
    entry: '[]',
    counted: true,
  }));

async function search(count: number, bad: ReadonlySet<number>): Promise<{ found: number[]; probes: number }> {
  let probes = 0;
  const found = await findRefused(changesOf(count), (subset) => {
    probes += 1;
    return Promise.resolve(subset.some(({ index }) => bad.has(index)) ? new RowError('bad') : null);
  });
  return { found: [...found.keys()].sort((a, b) => a - b), probes };
}

test('finds exactly the bad rows', async () => {
  const scenario = fc
    .integer({ min: 1, max: 60 })
    .chain((count) =>
      fc.tuple(fc.constant(count), fc.uniqueArray(fc.nat({ max: count - 1 }), { minLength: 1 })),
    );
  await fc.assert(
    fc.asyncProperty(scenario, async ([count, bad]) => {
      expect((await search(count, new Set(bad))).found).toEqual(bad.sort((a, b) => a - b));
    }),
  );
});

test('one bad row of 5,000 takes two dozen probes', async () => {
  expect((await search(5000, new Set([3210]))).probes).toBeLessThanOrEqual(26);
});

test('a refused row has the column that the database names', async () => {
  const reject = async (error: RowError) =>
    [...(await findRefused(changesOf(1), () => Promise.resolve(error))).values()][0];
  expect(await reject(new RowError({ column: 'total', rule: 'is out of range' }))).toEqual({
    code: 'ROW_REJECTED',
    reason: 'column total is out of range',
    reasons: [{ path: 'total', rule: 'is out of range' }],
  });
  expect(await reject(new RowError('a value is not valid JSON'))).toEqual({
    code: 'ROW_REJECTED',
    reason: 'a value is not valid JSON',
  });
});

test('nothing is found where every row is good alone', async () => {
  expect((await search(64, new Set())).found).toEqual([]);
});
