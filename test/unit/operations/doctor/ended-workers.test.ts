import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import {
  endedWorkers,
  hasEndedHere,
  type WorkerSign,
} from '../../../../src/operations/doctor/ended-workers.ts';

const now = 1_800_000_000_000;
const sign = (identity: string, secondsAgo: number, everyMs: number | null, isOver = false): WorkerSign => ({
  identity,
  at: now - secondsAgo * 1000,
  everyMs,
  isOver,
});

test.each([
  ['one that beats', [sign('a', 4, 5_000)], []],
  ['one that missed four', [sign('a', 21, 5_000)], ['a']],
  ['one of an older build, once a minute', [sign('a', 59, 60_000)], []],
  ['one that has beaten once', [sign('a', 30, null)], []],
  ['one that has said that it ends', [sign('a', 1, 5_000, true)], ['a']],
  ['a process of which one of two workers has ended', [sign('a', 1, 5_000, true), sign('a', 1, 5_000)], []],
  ['one of two processes', [sign('a', 90, 5_000), sign('b', 1, 5_000)], ['a']],
  ['a server that keeps no heartbeats', [], []],
] as const)('%s', (_case, signs, ended) => {
  expect([...endedWorkers(signs, now)]).toEqual(ended);
});

test('a process of this machine is looked for, one of another is not', () => {
  expect(hasEndedHere(`${process.pid}@${hostname()}`)).toBe(false);
  expect(hasEndedHere('2147483646@elsewhere')).toBe(false);
  expect(hasEndedHere('mine')).toBe(false);
});
