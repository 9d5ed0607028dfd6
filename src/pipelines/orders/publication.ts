import { hash } from 'node:crypto';
import { numberOf, type JsonObject } from '../../cdc/json/exact-number.ts';
import { writeJson } from '../../cdc/json/write-json.ts';
import type { Publication, Stamp } from '../pipeline.ts';
import type { SourceRecord } from '../record.ts';
import type { Order } from './order.ts';

const correlationHeaders: ReadonlySet<string> = new Set([
  'correlation-id',
  'x-correlation-id',
  'correlation_id',
]);

/** The correlation id that the sender gave, if it is one (1–128 printable ASCII characters), else null. */
export function correlationIdOf(record: SourceRecord): string | null {
  for (const [name, value] of record.headers) {
    if (value === null || !correlationHeaders.has(name.toLowerCase())) continue;
    const id = value.toString('latin1').trim();
    if (/^[\x20-\x7e]{1,128}$/.test(id)) return id;
  }
  return null;
}

/** A UUID (version 5) of the record's coordinates: the same message published twice has the same id. */
export function messageIdOf(record: SourceRecord, stamp: Stamp): string {
  const digest = hash('sha1', `${record.topic}/${stamp.epoch}/${record.partition}/${record.offset}`, 'hex');
  const variant = '89ab'.charAt(parseInt(digest.charAt(16), 16) & 3);
  return (
    `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-` +
    `${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
  );
}

/**
 * The message of an order for enriched_orders: JSON that PHP reads without loss, ids and amounts as texts.
 *
 * @param row the order's row: its texts are taken over, since times are costly to write
 */
export function publicationOf(
  order: Order,
  row: Readonly<Record<string, string>>,
  record: SourceRecord,
  stamp: Stamp,
  messageId: string,
  correlationId: string,
): Publication {
  return {
    key: order.id,
    value: writeJson(messageOf(order, row, record, stamp)),
    headers: {
      'laravel-kafka::message-id': messageId,
      'correlation-id': correlationId,
    },
  };
}

function messageOf(
  order: Order,
  row: Readonly<Record<string, string>>,
  record: SourceRecord,
  stamp: Stamp,
): JsonObject {
  const message: JsonObject = {
    id: order.id,
    order_no: order.orderNo,
    customer_id: order.customerId,
    customer_email: order.customerEmail,
    customer_phone: order.customerPhone,
    status: order.status,
    currency: order.currency,
    total: row['total'] ?? null,
    ...(order.items && { items: order.items as JsonObject[] }),
    ordered_at: isoText(row['ordered_at']),
    updated_at: isoText(row['updated_at']),
    ...order.extras,
    item_count: order.itemCount,
    weight_grams: numberOf(order.weightGrams.toString()),
    total_minor: order.totalMinor.toString(),
    total_matches: order.statedMinor === null,
  };
  if (row['stated_total'] !== undefined) message['stated_total'] = row['stated_total'];
  if (order.warnings.length > 0) message['warnings'] = [...order.warnings];
  message['flag'] = stamp.flag;
  message['sync_at'] = stamp.syncAt;
  message['source'] = { topic: record.topic, partition: record.partition, offset: record.offset };
  return message;
}

/** MySQL's text of a time in UTC as ISO 8601 with microseconds, as Laravel writes its dates. */
function isoText(datetime: string | undefined): string | null {
  return datetime === undefined ? null : `${datetime.slice(0, 10)}T${datetime.slice(11)}Z`;
}
