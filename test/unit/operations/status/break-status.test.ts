import { expect, test } from 'vitest';
import { retentionBreaks } from '../../../../src/operations/status/break-status.ts';
import type { GapStatus } from '../../../../src/operations/status/gap-status.ts';
import { cdc } from '../../../../src/pipelines/cdc/cdc.ts';
import { orders } from '../../../../src/pipelines/orders/orders.ts';

const topic = 'producer.app_producer.items';
const log = { topic, partition: 0, start: 50, end: 90, committed: 40, lag: 40 };

test('what Kafka removed before it was read is told, with the way to mend it', () => {
  expect(retentionBreaks(cdc, [log], [])).toEqual([
    {
      kind: 'retention',
      topic,
      at: null,
      what: `Offsets 40–49 of ${topic}/0 were removed by Kafka before they were read`,
      remedy: 'alir replica reload items --wait',
    },
  ]);
  const [ofOrders] = retentionBreaks(orders, [{ ...log, topic: 'raw_orders' }], []);
  expect(ofOrders?.remedy).toContain('send them again');
});

test('a group that stands in the log, or at no place, has lost nothing', () => {
  expect(retentionBreaks(cdc, [{ ...log, committed: 50 }], [])).toEqual([]);
  expect(retentionBreaks(cdc, [{ ...log, committed: null }], [])).toEqual([]);
});

test('what the consumer has recorded is told once', () => {
  const gap = { topic, partition: 0, first: 40, last: 49, kind: 'lost' } as GapStatus;
  expect(retentionBreaks(cdc, [log], [gap])).toEqual([]);
});
