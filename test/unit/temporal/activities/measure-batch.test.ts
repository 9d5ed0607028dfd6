import { expect, test } from 'vitest';
import { noCounts } from '../../../../src/pipelines/counts.ts';
import type { PackedOutcome, TransformedRecord } from '../../../../src/pipelines/packed-outcome.ts';
import type { BatchTask } from '../../../../temporal/contract.ts';
import { measureBatch } from '../../../../temporal/activities/measure-batch.ts';
import { makeRecord } from '../../../support/records.ts';

const now = Date.parse('2026-11-25T10:00:10.000Z');
const task: BatchTask = {
  range: { pipeline: 'orders', topic: 'raw_orders', topicId: 'a', epoch: 1, partition: 0, first: 0, last: 2 },
  ...{ flag: 'live', syncAt: '2026-11-25T10:00:09.500Z', run: 'r' },
};
const dead: PackedOutcome = { kind: 'dead', code: 'RECORD_NOT_JSON', reason: '' };
const ignored: PackedOutcome = { kind: 'ignored', why: '' };
const rows = [dead, ignored, ignored].map((outcome, offset): TransformedRecord => {
  const place = { topic: 'raw_orders', partition: 0, offset, timestamp: now - 3_000 + 1_000 * offset };
  return { record: makeRecord({ ...place, key: null, value: null, headers: [] }), outcome };
});
const applied = {
  counts: { ...noCounts, rows: 3, ignored: 1, deadLettered: 2 },
  alreadyApplied: false,
  rejected: new Map([[1, { code: 'ROW_REJECTED' as const, reason: '' }]]),
};

test('a live batch took from its cut to now, and its newest record from its source to now', () => {
  expect(measureBatch(task, rows, applied, now)).toMatchObject({ rows: 3, seconds: 0.5, lagSeconds: 1 });
});

test('dead letters count by their code, those of the transform and those of the table', () => {
  const { deadLetters, outcomes } = measureBatch(task, rows, applied, now);
  expect([...deadLetters]).toEqual([
    ['RECORD_NOT_JSON', 1],
    ['ROW_REJECTED', 1],
  ]);
  expect(outcomes).toMatchObject({ ignored: 1, deadLettered: 2 });
  expect(outcomes).not.toHaveProperty('rows');
});

test('a replay tells nothing of delays', () => {
  const replay = measureBatch({ ...task, flag: 'replay' }, rows, applied, now);
  expect(replay).toMatchObject({ seconds: null, lagSeconds: null });
});

test('clocks that disagree make no negative delay', () => {
  const early = measureBatch(task, rows, applied, now - 60_000);
  expect(early).toMatchObject({ seconds: 0, lagSeconds: 0 });
});
