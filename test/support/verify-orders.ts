import { sumCounts } from '../../src/metadata/batches.ts';
import type { Database } from '../../src/mysql/connection.ts';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import type { ExpectedResult } from '../../src/lab/simulator/expected-result.ts';
import { expect } from 'vitest';
import { tableDifferences } from './orders-table.ts';

/** The table holds every good order in its newest version, and nothing else. */
export async function expectTableToHold(database: Database, expected: ExpectedResult): Promise<void> {
  const differences = await tableDifferences(database, expected);
  expect(differences.slice(0, 3)).toEqual([]);
}

/** Every bad message is in the dead letters exactly once, under its code. */
export async function expectDeadLetters(database: Database, expected: ExpectedResult): Promise<void> {
  const groups = await database.etlDeadLetter.groupBy({ by: ['code'], _count: { _all: true } });
  const found = Object.fromEntries(groups.map(({ code, _count }) => [code, _count._all]));
  expect(found).toEqual(Object.fromEntries(expected.badByCode));
}

/** The audit trail's counts, by the first completed run of each range, sum to what was sent. */
export async function expectSums(database: Database, expected: ExpectedResult): Promise<BatchCounts> {
  const { counts, gaps } = await sumCounts(database, 'orders');
  const { rows, ...outcomes } = counts;
  expect(Object.values(outcomes).reduce((sum, figure) => sum + figure, 0)).toBe(rows);
  expect(rows).toBe(expected.sent);
  expect(counts.deadLettered).toBe(expected.bad);
  expect(counts.inserted).toBe(expected.orders);
  expect(counts.ignored).toBe(0);
  expect(gaps).toBe(0);
  return counts;
}
