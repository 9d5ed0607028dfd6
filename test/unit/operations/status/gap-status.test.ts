import { expect, test } from 'vitest';
import { remedyOf } from '../../../../src/operations/status/gap-status.ts';
import type { AuditGap } from '../../../../src/metadata/audit-gaps.ts';

const gap: AuditGap = {
  pipeline: 'cdc',
  topic: 'producer.app_producer.items',
  epoch: 1,
  partition: 0,
  first: 4,
  last: 9,
  kind: 'hole',
  why: null,
  notedAt: new Date(0),
};

test('what Kafka still holds is read again, exactly the gap', () => {
  expect(remedyOf(gap, true)).toBe(
    'alir backfill run --pipeline cdc --table items --partition 0 --from-offset 4 --to-offset 9 --wait',
  );
  expect(remedyOf({ ...gap, pipeline: 'orders', topic: 'raw_orders', partition: 2 }, true)).toBe(
    'alir backfill run --pipeline orders --partition 2 --from-offset 4 --to-offset 9 --wait',
  );
});

test('what Kafka has lost is read from the source, or sent again', () => {
  expect(remedyOf(gap, false)).toBe('alir replica reload items --wait');
  expect(remedyOf({ ...gap, pipeline: 'orders' }, false)).toContain('send them again');
});
