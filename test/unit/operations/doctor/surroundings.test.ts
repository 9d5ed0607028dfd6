import { expect, test } from 'vitest';
import { judgeSkew, measureSkew, skewTrouble } from '../../../../src/operations/doctor/clocks.ts';
import { readMemory, troublesOf } from '../../../../src/operations/doctor/memory.ts';

const mib = 2 ** 20;
const enough = { machine: 8192 * mib, limit: 512 * mib, heap: 240 * mib };

test('memory: enough, a small machine, a small container', () => {
  expect(troublesOf(enough, true)).toEqual([]);
  expect(troublesOf({ ...enough, limit: null }, true)).toEqual([]);
  const small = { ...enough, machine: 2048 * mib };
  expect(troublesOf(small, true)).toMatchObject([{ found: expect.stringContaining('2.0 GiB') as string }]);
  expect(troublesOf(small, false), 'the servers run elsewhere').toEqual([]);
  const [trouble] = troublesOf({ ...enough, limit: 300 * mib }, true);
  expect(trouble?.found).toContain('300 MiB');
  expect(trouble?.todo).toBe('Raise its mem_limit to 496 MiB or more.');
});

test('memory: what the compose file gives is enough, and this process knows its own', () => {
  expect(troublesOf({ ...enough, limit: 384 * mib }, true)).toEqual([]);
  const { machine, limit, heap } = readMemory();
  expect(machine).toBeGreaterThan(heap);
  expect(limit ?? machine).toBeLessThanOrEqual(machine);
});

test('clocks: equal, off by seconds, off by minutes; a slow answer proves nothing', () => {
  expect(judgeSkew('the MySQL target', { aheadMs: -1_500, uncertainMs: 3 })).toBeNull();
  expect(judgeSkew('the MySQL target', { aheadMs: 5_000, uncertainMs: 4_000 })).toBeNull();
  expect(judgeSkew('the MySQL target', { aheadMs: 5_000, uncertainMs: 20 })).toMatchObject({
    level: 'warning',
    found: 'The clock of the MySQL target is 5.0 s ahead of the clock of this machine.',
  });
  expect(judgeSkew('the MySQL source', { aheadMs: -300_000, uncertainMs: 20 })).toMatchObject({
    level: 'problem',
    found: 'The clock of the MySQL source is 300.0 s behind the clock of this machine.',
  });
});

test('a clock is asked once, and compared with the middle of the question', async () => {
  const skew = await measureSkew(() => Promise.resolve([{ now: BigInt(Date.now() + 10_000) }]));
  expect(skew.aheadMs).toBeGreaterThan(9_000);
  expect(skewTrouble('it', skew)?.found).toContain('ahead');
});
