import { expect, test } from 'vitest';
import { judgeBuilds } from '../../../../src/operations/doctor/checks/current-build.ts';

const known = ['c', 'b', 'a']; // the newest first

test.each([
  ['none is versioned', { current: '', isWorking: true, waiting: [] }, 'ok', undefined],
  ['the current one works', { current: 'c', isWorking: true, waiting: ['a'] }, 'ok', undefined],
  ['a newer one waits', { current: 'a', isWorking: true, waiting: ['b', 'c'] }, 'warning', 'promote c'],
  ['no worker runs', { current: 'c', isWorking: false, waiting: [] }, 'problem', 'alir worker'],
  ['only older ones run', { current: 'c', isWorking: false, waiting: ['a', 'b'] }, 'problem', 'promote b'],
  [
    'only workers without versions',
    { current: 'c', isWorking: false, waiting: [''] },
    'problem',
    'promote unv',
  ],
  ['none is the current one', { current: '', isWorking: false, waiting: ['a'] }, 'problem', 'promote a'],
] as const)('%s', (_name, facts, level, todo) => {
  const finding = judgeBuilds({ known, ...facts });
  expect(finding.level).toBe(level);
  if (todo !== undefined) expect(finding.todo).toContain(todo);
});
