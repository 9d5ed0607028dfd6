import { expect, test } from 'vitest';
import { overlaps } from '../../../src/backfill/overlaps.ts';
import { printPlan } from '../../../src/backfill/print-plan.ts';
import { selectorOf } from '../../../src/backfill/selector.ts';
import type { BackfillPlan, PlannedRange } from '../../../src/backfill/types.ts';

function plan(changes: Partial<BackfillPlan>, wherePk?: string): BackfillPlan {
  const selector = selectorOf(
    { pipeline: 'cdc', table: 'items', wherePk },
    { now: Date.now(), usualZone: 'UTC' },
  );
  const empty = {
    ranges: [],
    sources: [],
    targets: [],
    rows: 0,
    available: [],
    gaps: [],
    expectedSeconds: null,
  };
  return { selector, via: 'kafka', why: 'Because.', ...empty, ...changes };
}

function range(first: number, last: number, changes: Partial<PlannedRange> = {}): PlannedRange {
  return { topic: 'producer.shop.items', topicId: 'id', epoch: 1, partition: 0, first, last, ...changes };
}

const kafka = (...ranges: PlannedRange[]) => plan({ ranges });
const source = (wherePk?: string) => plan({ via: 'source', sources: ['shop.items'] }, wherePk);

test('ranges overlap from the first common offset on', () => {
  expect(overlaps(kafka(range(0, 9)), kafka(range(9, 20)))).toContain('9-9 of producer.shop.items/0');
  expect(overlaps(kafka(range(0, 9)), kafka(range(10, 20)))).toBeNull();
  expect(overlaps(kafka(range(0, 9)), kafka(range(0, 9, { epoch: 2 })))).toBeNull();
  expect(overlaps(kafka(range(0, 9)), kafka(range(0, 9, { partition: 1 })))).toBeNull();
});

test('keys are apart only where their texts prove it', () => {
  expect(overlaps(source(), source('1..5'))).toContain('shop.items');
  expect(overlaps(source('1..5'), source('6..'))).toBeNull();
  expect(overlaps(source('10..'), source('..9'))).toBeNull();
  expect(overlaps(source('1..5'), source('5..9'))).not.toBeNull();
  expect(overlaps(source('a..b'), source('c..d'))).not.toBeNull();
  expect(overlaps(source('["1",1]..["2",2]'), source('["3",1]..'))).not.toBeNull();
});

test('a plan is shown with what there is, what is missing and what is written', () => {
  const text = printPlan(
    plan({
      ranges: [range(5, 9), range(20, 29)],
      available: [{ topic: 'producer.shop.items', partition: 0, start: 2, end: 1_000 }],
      targets: ['app_olap.items'],
      rows: 15,
      gaps: ['Something is missing.'],
      expectedSeconds: 600,
    }),
  );
  for (const part of ['5-29 in 2 pieces', '999', 'app_olap.items', 'Something is missing.', '10 min'])
    expect(text).toContain(part);
});
