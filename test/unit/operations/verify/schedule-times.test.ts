import { expect, test } from 'vitest';
import { parseTimes } from '../../../../src/operations/verify/schedule-times.ts';

const usual = 'Asia/Jakarta';

test.each([
  ['30m', 1_800_000],
  ['6h', 21_600_000],
  [' 1d ', 86_400_000],
])('every %s', (every, ms) => {
  expect(parseTimes({ every }, usual)).toEqual({
    spec: { intervals: [{ every: ms }] },
    when: `every ${every.trim()}`,
  });
});

test('a time of the day is one of a zone', () => {
  expect(parseTimes({ at: '2:30' }, usual)).toEqual({
    spec: { calendars: [{ hour: 2, minute: 30 }], timezone: 'Asia/Jakarta' },
    when: 'at 02:30 Asia/Jakarta',
  });
  expect(parseTimes({ at: '23:59', zone: 'UTC' }, usual).spec.timezone).toBe('UTC');
});

test.each([
  [{}, 'every or at is missing.'],
  [{ every: '6h', at: '02:30' }, 'every and at do not go together.'],
  [{ every: 'often' }, 'every often is not an interval.'],
  [{ every: '0h' }, 'every 0h is too often'],
  [{ every: '90s' }, 'every 90s is not an interval.'],
  [{ every: '4m' }, 'the shortest interval is 5m'],
  [{ every: '9999999999999d' }, 'is not an interval'],
  [{ every: '6h', zone: 'UTC' }, 'zone needs at'],
  [{ at: '24:00' }, 'at 24:00 is not a time of day.'],
  [{ at: '12:60' }, 'is not a time of day'],
  [{ at: 'noon' }, 'is not a time of day'],
  [{ at: '02:30', zone: 'Jakarta' }, 'zone Jakarta is not a time zone.'],
])('%o is a sentence', (flags, sentence) => {
  expect(() => parseTimes(flags, usual)).toThrow(sentence);
});
