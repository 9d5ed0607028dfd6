import { expect, test } from 'vitest';
import {
  judgeNamespace,
  judgePollers,
  judgeSearchAttributes,
} from '../../../../src/operations/doctor/checks/temporal.ts';
import { searchAttributeKeys } from '../../../../temporal/contract.ts';
import { levelsOf } from './support.ts';

const registered = Object.values(searchAttributeKeys).map(({ name, type }) => [name, type] as const);

test('search attributes: all, one missing, one of another type', () => {
  expect(levelsOf(judgeSearchAttributes(new Map(registered)))).toEqual(['ok']);
  const missing = judgeSearchAttributes(new Map(registered.slice(1)));
  expect(missing).toMatchObject([{ level: 'warning', found: 'Search attributes are missing: Pipeline.' }]);
  const wrong = judgeSearchAttributes(new Map([...registered, ['FirstOffset', 'KEYWORD']]));
  expect(wrong).toMatchObject([
    { level: 'problem', found: 'The search attribute FirstOffset has the type KEYWORD, not INT.' },
  ]);
});

test('a namespace is told with its retention', () => {
  expect(judgeNamespace('default', 1).found).toContain('for 1 day.');
  expect(judgeNamespace('default', null)).toEqual({ level: 'ok', found: 'The namespace default is there.' });
});

const now = 1_800_000_000_000;
const poller = (secondsAgo: number, hasEnded = false) => ({
  identity: '42@server',
  lastAccess: now - secondsAgo * 1000,
  hasEnded,
});

test.each([
  ['a worker that asked a moment ago', [poller(1)], [poller(1)], 'ok'],
  ['one that was killed a moment ago', [poller(1, true)], [poller(1, true)], 'problem'],
  ['one that was killed, and another', [poller(1, true), poller(9)], [poller(9)], 'ok'],
  ['one whose last question was long ago', [poller(290)], [poller(290)], 'problem'],
  ['one that takes workflows only', [poller(1)], [], 'problem'],
  ['none', [], [], 'problem'],
] as const)('%s: %s', (_case, workflows, activities, level) => {
  expect(judgePollers('alir-live', workflows, activities, now).level).toBe(level);
});

test('a worker that has gone is told with the time of its last question', () => {
  expect(judgePollers('alir-live', [poller(290)], [], now).found).toBe(
    'No worker asks the queue alir-live for work, the last one 290 s ago.',
  );
});

test('one worker asks, two ask', () => {
  const two = [poller(1), { ...poller(1), identity: '43@server' }];
  const found = (workflows: typeof two) => judgePollers('alir-live', workflows, workflows, now).found;
  expect(found(two.slice(1))).toBe('43@server asks the queue alir-live for work.');
  expect(found(two)).toBe('42@server, 43@server ask the queue alir-live for work.');
});
