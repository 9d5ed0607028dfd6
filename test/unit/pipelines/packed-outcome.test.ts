import { describe, expect, test } from 'vitest';
import { packOutcome } from '../../../src/pipelines/packed-outcome.ts';
import type { Outcome } from '../../../src/pipelines/pipeline.ts';
import { notesTable, put, remove } from '../../support/batches.ts';
import { makeRecord } from '../../support/records.ts';

const record = makeRecord({
  topic: 'notes',
  partition: 0,
  offset: 3,
  timestamp: 0,
  key: null,
  value: null,
  headers: [],
});
const packed = (outcome: Outcome) => packOutcome(notesTable, record, outcome, () => Buffer.alloc(0));
const dead = { kind: 'dead', code: 'ROW_REJECTED', reason: 'column body is too long' } as const;
const reasons = [{ path: 'body', rule: 'is too long' }];

describe('what is told of a dead record', () => {
  test('its fields and its row travel on, the key as its text', () => {
    expect(packed({ ...dead, reasons, about: { key: ['7'], version: [1, 3, 0] } })).toEqual({
      ...dead,
      reasons,
      about: { key: '["7"]', version: [1, 3, 0] },
    });
  });

  test('what is not known is not there', () => {
    expect(packed(dead)).toEqual(dead);
  });

  test('a key that its column cannot hold is no row', () => {
    expect(packed({ ...dead, reasons, about: { key: ['-7'], version: [1, 3, 0] } })).toEqual({
      ...dead,
      reasons,
    });
  });
});

test.each([
  ['an upsert', put('x', 1)],
  ['a delete', remove('x', 1)],
  ['a former key', { ...put(7, 1), replaces: ['x'] }],
  ['a row to be read', { kind: 'ignored', why: 'unread', refetch: [['x']] }],
] as [string, Outcome][])(
  'a key that its column cannot hold makes %s a dead record, by its column',
  (_, outcome) => {
    expect(packed(outcome)).toEqual({
      kind: 'dead',
      code: 'ROW_REJECTED',
      reason: 'column id is out of range',
      reasons: [{ path: 'id', rule: 'is out of range' }],
    });
  },
);
