import { expect, test } from 'vitest';
import type { BootstrapRow } from '../../../../src/backfill/maxwell/bootstrap-table.ts';
import type { BootstrapMarkers } from '../../../../src/backfill/maxwell/bootstrap-topic.ts';
import { followBootstrap, untilApplied } from '../../../../src/backfill/maxwell/follow-bootstrap.ts';

const going: BootstrapRow = { isStarted: true, isComplete: false, rows: 0 };
const over: BootstrapRow = { isStarted: true, isComplete: true, rows: 10 };

/** A Maxwell that shows one state after the other, the last one for good. */
function maxwell(
  rows: readonly (BootstrapRow | null)[],
  marks: readonly BootstrapMarkers[],
  applied: readonly number[] = [0],
) {
  const [rowsLeft, marksLeft, appliedLeft] = [[...rows], [...marks], [...applied]];
  const next = <T>(list: T[]): T => (list.length > 1 ? list.shift()! : list[0]!);
  const removed: number[] = [];
  const bootstrap = {
    id: 7,
    name: 'shop.items',
    requests: {
      find: () => Promise.resolve(next(rowsLeft)),
      movement: () => Promise.resolve('1 1 0 0'),
      remove: (id: number) => Promise.resolve(void removed.push(id)),
    },
    topic: {
      marks: () => Promise.resolve(next(marksLeft)),
      ends: () => Promise.resolve([12]),
      applied: () => Promise.resolve([next(appliedLeft)]),
    },
  };
  return { bootstrap, removed };
}

const mark = (start: number, complete = 0): BootstrapMarkers => ({ start, complete, end: start + complete });
const none = { maxwell: -1, reader: -1 };
const some = { maxwell: 60_000, reader: 60_000 };
const running = new AbortController().signal;

test('it is over when its end is in the topic', async () => {
  const { bootstrap, removed } = maxwell([going, over], [mark(1), mark(1), mark(1, 1)]);
  await followBootstrap(bootstrap, some, running);
  expect(removed).toEqual([]);
});

test('one that is begun twice is taken back', async () => {
  const { bootstrap, removed } = maxwell([going], [mark(1), mark(536)]);
  await expect(followBootstrap(bootstrap, some, running)).rejects.toMatchObject({
    code: 'BOOTSTRAP_FAILED',
    message: expect.stringContaining('536 times') as string,
    remedy: expect.stringContaining('--via source') as string,
  });
  expect(removed).toEqual([7]);
});

test('a second begin is of another one when this one is complete by now', async () => {
  const { bootstrap, removed } = maxwell([going, over], [mark(2, 1)]);
  await followBootstrap(bootstrap, some, running);
  expect(removed).toEqual([]);
});

test.each([
  ['not begun', { ...going, isStarted: false }, 'MAXWELL_UNAVAILABLE'],
  ['begun and stuck', going, 'BOOTSTRAP_FAILED'],
])('%s: it is waited for, and taken back', async (_what, row, code) => {
  const { bootstrap, removed } = maxwell([row], [mark(0)]);
  await expect(followBootstrap(bootstrap, none, running)).rejects.toMatchObject({ code });
  expect(removed).toEqual([7]);
});

test('complete without a message, taken back by somebody, aborted', async () => {
  const silent = maxwell([over], [mark(0)]);
  await expect(followBootstrap(silent.bootstrap, none, running)).rejects.toThrow('has sent nothing');
  const gone = maxwell([null], [mark(0)]);
  await expect(followBootstrap(gone.bootstrap, some, running)).rejects.toThrow('its row is gone');
  const aborted = maxwell([going], [mark(1)]);
  const reason = new Error('over');
  await expect(followBootstrap(aborted.bootstrap, some, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(aborted.removed).toEqual([]);
});

test('rows are applied when the group has passed the end; a group that stands still is not waited for', async () => {
  const { bootstrap } = maxwell([over], [mark(1, 1)], [3, 12]);
  expect(await untilApplied(bootstrap, some, running)).toEqual([12]);
  const idle = maxwell([over], [mark(1, 1)], [3]);
  await expect(untilApplied(idle.bootstrap, none, running)).rejects.toThrow('no worker has applied');
});
