import { expect, test } from 'vitest';
import { lettersOf } from '../../../src/apply/fates.ts';
import type { FieldReason, Rejection } from '../../../src/pipelines/pipeline.ts';
import { put, recordsOf, type Step } from '../../support/batches.ts';

const reasons: readonly FieldReason[] = [{ path: 'body', rule: 'is too long' }];
const rejection: Rejection = { code: 'ROW_REJECTED', reason: 'column body is too long', reasons };
const refusedLetter = (step: Step) => lettersOf(recordsOf([step]), new Map([[0, rejection]]))[0];

test('the letter of a row that the table refuses names the field and the row', () => {
  const about = { key: '["7"]', version: [1, 3, 0] };
  expect(refusedLetter(put(7, 3))).toMatchObject({ ...rejection, about });
});

test('a newer version of its new key does not make up for a row that moved and is refused', () => {
  expect(refusedLetter({ ...put(7, 3), replaces: ['6'] })).not.toHaveProperty('about');
});

test('the letter of a record that the transform rejects has what that has found', () => {
  const about = { key: ['7'], version: [1, 3, 0] };
  const [letter] = lettersOf(recordsOf([{ kind: 'dead', ...rejection, about }]), new Map());
  expect(letter).toMatchObject({ ...rejection, about: { ...about, key: '["7"]' } });
});
