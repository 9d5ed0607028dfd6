import { decodeJsonObject } from '../../cdc/json/decode-json.ts';
import type { JsonObject } from '../../cdc/json/exact-number.ts';
import { readEnvelope, type MaxwellMessage } from '../../cdc/maxwell/envelope.ts';
import type { Outcome, Stamp } from '../pipeline.ts';
import { tooLongFor } from '../fits-columns.ts';
import type { SourceRecord } from '../record.ts';
import { Broken } from '../../cdc/types/column-type.ts';
import { microsOf, momentOfMillis, time } from './fields/time.ts';
import { unsigned64 } from './fields/whole.ts';
import { makeOrder } from './order.ts';
import { correlationIdOf, messageIdOf, publicationOf } from './publication.ts';
import { readOrder, type OrderShape } from './read-order.ts';
import { ordersTable, recordMillis, targetRow, updatedAtOf, versionOf } from './target-row.ts';
import { readTombstone, sourceDatabase, sourceTable } from './tombstone.ts';

/** How far a sender's clock may run ahead of the record's time. Later versions would shut out all that follow. */
const futureMicros = 24 * 3600 * 1_000_000;

/**
 * Bytes of an enriched message at most. A topic takes 1,048,588 by default, key, headers and framing included; an order
 * that was just small enough to be sent may be larger with what was added, and would never be published.
 */
const largestMessage = 1_000_000;

/**
 * One record of raw_orders or producer.app_producer.orders to what becomes of it.
 *
 * Plain orders and Maxwell envelopes are told apart by their content, so that either may come on both topics. Pure,
 * and never throws for bad data.
 */
export function transformOrder(record: SourceRecord, stamp: Stamp): Outcome {
  const { value } = record;
  if (value === null) return ofTombstone(record, stamp);
  const decoded = decodeJsonObject(value);
  if (!decoded.ok) return { kind: 'dead', code: decoded.code, reason: decoded.reason };
  const envelope = readEnvelope(decoded.value);
  return envelope === null
    ? ofOrder(decoded.value, 'plain', record, stamp)
    : ofEnvelope(envelope, record, stamp);
}

function ofTombstone(record: SourceRecord, stamp: Stamp): Outcome {
  const tombstone = readTombstone(record.key);
  if (tombstone.kind === 'empty') return { kind: 'dead', code: 'RECORD_EMPTY', reason: tombstone.reason };
  return tombstone.kind === 'ignored' ? tombstone : deletion(tombstone.key, {}, record, stamp);
}

function ofEnvelope(message: MaxwellMessage, record: SourceRecord, stamp: Stamp): Outcome {
  if (message.database !== sourceDatabase || (message.table !== sourceTable && message.kind !== 'control')) {
    return { kind: 'ignored', why: 'another table' };
  }
  if (message.kind === 'control') return { kind: 'ignored', why: `Maxwell ${message.type}` };
  if (message.kind === 'broken') return { kind: 'dead', code: 'ENVELOPE_INVALID', reason: message.problem };
  if (message.change === 'delete') {
    const id = unsigned64(message.data['id']);
    return id instanceof Broken ? invalid(`data.id: ${id.rule}`) : deletion(id, message.data, record, stamp);
  }
  const outcome = ofOrder(message.data, 'row', record, stamp);
  if (outcome.kind !== 'upsert' || message.change !== 'update' || !Object.hasOwn(message.old, 'id'))
    return outcome;
  const former = unsigned64(message.old['id']);
  if (former instanceof Broken) return invalid(`old.id: ${former.rule}`);
  return former === outcome.key[0] ? outcome : { ...outcome, replaces: [former] };
}

function ofOrder(value: JsonObject, shape: OrderShape, record: SourceRecord, stamp: Stamp): Outcome {
  const read = readOrder(value, shape);
  if (read instanceof Broken) return invalid(read.rule);
  const order = makeOrder(value, read);
  if (order instanceof Broken) return invalid(order.rule);
  const updatedAt = updatedAtOf(order, record);
  const updatedMicros = microsOf(updatedAt);
  const isFuture = record.timestamp >= 0 && updatedMicros > recordMillis(record) * 1000 + futureMicros;
  if (isFuture || !Number.isSafeInteger(updatedMicros)) {
    return { kind: 'dead', code: 'ORDER_FROM_FUTURE', reason: whyFromFuture(record) };
  }
  const messageId = messageIdOf(record, stamp);
  const correlationId = correlationIdOf(record) ?? messageId;
  const row = targetRow(order, record, stamp, correlationId);
  const tooLong = tooLongFor(ordersTable, row);
  if (tooLong !== null) return { kind: 'dead', code: 'ROW_REJECTED', reason: tooLong };
  const publication = publicationOf(order, row, record, stamp, messageId, correlationId);
  if (isTooLarge(publication.value)) {
    const reason = `the enriched message would be larger than ${largestMessage} bytes`;
    return { kind: 'dead', code: 'MESSAGE_TOO_LARGE', reason };
  }
  return { kind: 'upsert', key: [order.id], version: versionOf(updatedAt, record, stamp), row, publication };
}

/** Kafka's first release, 2011: a record that is dated before has a time that its sender made up, 0 above all. */
const firstRecordMs = Date.UTC(2011, 0, 1);

function whyFromFuture(record: SourceRecord): string {
  const millis = recordMillis(record);
  if (record.timestamp < 0 || millis >= firstRecordMs)
    return 'updated_at: over 24 h after the time of the record';
  return (
    `the record itself is dated ${new Date(millis).toISOString()}, so its updated_at cannot be judged: ` +
    'the sender must give it the right time, or leave that to the broker'
  );
}

/** Bytes are counted only where the text could be too long: a character takes three at most. */
function isTooLarge(value: string): boolean {
  return value.length * 3 > largestMessage && Buffer.byteLength(value) > largestMessage;
}

const rowTime = time(0);

/**
 * A delete is as old as its record. Where the deleted row's own updated_at is later (its clock ran ahead), that counts:
 * an older delete would leave the row in place for ever.
 */
function deletion(key: string, row: JsonObject, record: SourceRecord, stamp: Stamp): Outcome {
  const recordTime = momentOfMillis(recordMillis(record));
  const rowUpdated = rowTime(row['updated_at']);
  const isAhead = !(rowUpdated instanceof Broken) && microsOf(rowUpdated) > microsOf(recordTime);
  return { kind: 'delete', key: [key], version: versionOf(isAhead ? rowUpdated : recordTime, record, stamp) };
}

function invalid(reason: string): Outcome {
  return { kind: 'dead', code: 'ORDER_INVALID', reason };
}
