import { expect, test } from 'vitest';
import { removalLimit } from '../../../src/replica/removal-limit.ts';

test.each([
  [0, 1],
  [1, 1],
  [20, 1],
  [21, 2],
  [1_000, 50],
  [19_999, 1_000],
  [20_000, 1_000],
  [10_000_000, 1_000],
])('of a table of %i rows %i may go without a word', (rows, most) => {
  expect(removalLimit(rows)).toBe(most);
});
