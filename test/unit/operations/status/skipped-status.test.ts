import { expect, test } from 'vitest';
import { isSkipped } from '../../../../src/operations/status/skipped-status.ts';

const capture = { schemaId: 12, position: 'binlog.000002:500' };
const end = 'binlog.000003:4';
const ready = { state: 'ready', isPending: false } as const;

test('a table that was read before Maxwell began anew lacks what was passed over', () => {
  expect(isSkipped({ ...ready, covers: 'binlog.000002:499' }, capture, end)).toBe(true);
  expect(isSkipped({ ...ready, state: 'stale', covers: 'binlog.000001:900' }, capture, end)).toBe(true);
});

test('until another reading has come to its end', () => {
  const covers = 'binlog.000002:700';
  expect(isSkipped({ state: 'loading', isPending: false, covers }, capture, end)).toBe(true);
  expect(isSkipped({ ...ready, covers }, capture, end)).toBe(false);
  expect(isSkipped({ state: 'loading', isPending: true, covers }, capture, end)).toBe(false);
});

test('where positions do not tell, or there is no replica, nothing is said', () => {
  expect(isSkipped({ ...ready, covers: null }, capture, end)).toBe(false);
  expect(isSkipped({ ...ready, covers: 'other.000001:4' }, capture, end)).toBe(false);
  expect(isSkipped({ ...ready, covers: 'binlog.000001:4' }, capture, 'binlog.000001:3')).toBe(false);
  expect(isSkipped({ state: 'refused', isPending: false, covers: 'binlog.000001:4' }, capture, end)).toBe(
    false,
  );
});
