import { unsigned64 } from './fields/whole.ts';
import type { KeyColumn, Stamp, TargetColumn, TargetTable, Version } from '../pipeline.ts';
import type { SourceRecord } from '../record.ts';
import { scaledText } from './fields/decimal.ts';
import { datetimeText, microsOf, momentOfMillis, type Moment } from './fields/time.ts';
import type { Order } from './order.ts';

const data = (name: string, maxLength?: number): TargetColumn => ({
  name,
  role: 'data',
  ...(maxLength !== undefined && { maxLength }),
});
const meta = (name: string): TargetColumn => ({ name, role: 'meta' });

/** A key column of type BIGINT UNSIGNED. Anything but canonical digits would be cut by CAST and hit another row. */
export function unsignedKey(name: string): KeyColumn {
  return {
    name,
    fromText: (text) => `CAST(${text} AS UNSIGNED)`,
    accepts: (text) => unsigned64(text) === text,
  };
}

/** app_consumer.orders. */
export const ordersTable: TargetTable = {
  name: 'orders',
  key: [unsignedKey('id')],
  columns: [
    data('order_no', 64),
    data('customer_id'),
    data('customer_email', 254),
    data('customer_phone', 32),
    data('status'),
    data('currency'),
    data('total'),
    data('stated_total'),
    data('total_matches'),
    data('item_count'),
    data('weight_grams'),
    data('ordered_at'),
    data('updated_at'),
    meta('flag'),
    meta('sync_at'),
    meta('correlation_id'),
    meta('_topic'),
  ],
  versionColumns: ['_updated_us', '_record_ms', '_epoch', '_partition', '_offset'],
};

/** The last millisecond whose microseconds are exact in a double (the year 2255). */
const lastMillis = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** The record's time, milliseconds since 1970; a broker may hold records without one (-1) or with an absurd one. */
export function recordMillis(record: SourceRecord): number {
  return Math.min(Math.max(record.timestamp, 0), lastMillis);
}

/** The version of a change: when the row was changed, then where the record that says so lies. */
export function versionOf(updated: Moment, record: SourceRecord, stamp: Stamp): Version {
  return [microsOf(updated), recordMillis(record), stamp.epoch, record.partition, record.offset];
}

/** When an order was last changed: its own word, else the record's time. */
export function updatedAtOf(order: Order, record: SourceRecord): Moment {
  return order.updatedAt ?? momentOfMillis(recordMillis(record));
}

/** The row of an order, every value as MySQL prints it; absent columns are NULL. */
export function targetRow(
  order: Order,
  record: SourceRecord,
  stamp: Stamp,
  correlationId: string,
): Record<string, string> {
  const row: Record<string, string> = {
    status: order.status,
    currency: order.currency,
    total: scaledText(order.totalMinor, 2),
    total_matches: order.statedMinor === null ? '1' : '0',
    item_count: String(order.itemCount),
    weight_grams: order.weightGrams.toString(),
    updated_at: datetimeText(updatedAtOf(order, record)),
    flag: stamp.flag,
    sync_at: `${stamp.syncAt.slice(0, 10)} ${stamp.syncAt.slice(11, 23)}`,
    correlation_id: correlationId,
    _topic: record.topic,
  };
  if (order.orderNo !== null) row['order_no'] = order.orderNo;
  if (order.customerId !== null) row['customer_id'] = order.customerId;
  if (order.customerEmail !== null) row['customer_email'] = order.customerEmail;
  if (order.customerPhone !== null) row['customer_phone'] = order.customerPhone;
  if (order.statedMinor !== null) row['stated_total'] = scaledText(order.statedMinor, 2);
  if (order.orderedAt !== null) row['ordered_at'] = datetimeText(order.orderedAt);
  return row;
}
