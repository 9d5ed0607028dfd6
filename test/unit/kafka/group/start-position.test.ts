import { describe, expect, test } from 'vitest';
import { decideStart } from '../../../../src/kafka/group/start-position.ts';

const topicId = '0d9d43f9-8f4a-4b0e-9c8e-2f4d8f6a0b11';
const log = { partition: 0, start: 100, end: 500, high: 510 };
const facts = { topicId, recreated: false, committed: null, log };

describe('where a partition begins', () => {
  test('at the log start without a committed offset', () => {
    expect(decideStart(facts)).toMatchObject({ position: 100, committed: null, gap: null });
  });
  test('at the committed offset', () => {
    const committed = { offset: 300, metadata: topicId };
    expect(decideStart({ ...facts, committed })).toMatchObject({ position: 300, committed: 300, gap: null });
  });
  test('at an offset that another tool has set', () => {
    expect(decideStart({ ...facts, committed: { offset: 300, metadata: '' } })).toMatchObject({
      position: 300,
    });
  });
  test('at the end of an open transaction, which a reset to the latest offset gives', () => {
    expect(decideStart({ ...facts, committed: { offset: 510, metadata: '' } })).toMatchObject({
      position: 510,
    });
  });
  test('at the log start when the offset was committed for a deleted topic', () => {
    const committed = { offset: 300, metadata: 'ffffffff-8f4a-4b0e-9c8e-2f4d8f6a0b11' };
    expect(decideStart({ ...facts, committed })).toMatchObject({ position: 100, committed: null, gap: null });
    const unnamed = { offset: 300, metadata: '' };
    expect(decideStart({ ...facts, recreated: true, committed: unnamed })).toMatchObject({
      position: 100,
      gap: null,
    });
  });
  test('at the log start with a gap when retention has overtaken the group', () => {
    const decision = decideStart({ ...facts, committed: { offset: 40, metadata: topicId } });
    expect(decision).toMatchObject({ position: 100, gap: { first: 40, last: 99 }, truncated: false });
  });
  test('at the log start in a new epoch when the log was cut off', () => {
    const decision = decideStart({ ...facts, committed: { offset: 900, metadata: topicId } });
    expect(decision).toMatchObject({ position: 100, gap: { first: 510, last: 899 }, truncated: true });
  });
});
