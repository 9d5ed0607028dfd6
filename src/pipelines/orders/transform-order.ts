import type { ErrorCode } from '../../errors/catalogue.ts';
import { decodeJsonObject } from '../../cdc/json/decode-json.ts';
import type { JsonObject } from '../../cdc/json/exact-number.ts';
import { readEnvelope, type MaxwellMessage } from '../../cdc/maxwell/envelope.ts';
import type { Outcome, Rejection, Stamp } from '../pipeline.ts';
import { tooLongFor } from '../fits-columns.ts';
import type { SourceRecord } from '../record.ts';
import { columnRejected, fieldRejected } from '../rejections.ts';
import { Broken } from '../../cdc/types/column-type.ts';
import { aboutOrder } from './about-order.ts';
import { BrokenFields } from './broken-fields.ts';
import { fromFuture, isFromFuture } from './from-future.ts';
import { microsOf, momentOfMillis, time } from './fields/time.ts';
import { unsigned64 } from './fields/whole.ts';
import { makeOrder } from './order.ts';
import { correlationIdOf, messageIdOf, publicationOf } from './publication.ts';
import { readOrder, type OrderShape } from './read-order.ts';
import { ordersTable, recordMillis, targetRow, updatedAtOf, versionOf } from './target-row.ts';
import { readTombstone, sourceDatabase, sourceTable } from './tombstone.ts';

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
  if (!decoded.ok) return dead({ code: decoded.code, reason: decoded.reason });
  const envelope = readEnvelope(decoded.value);
  return envelope === null
    ? ofOrder(decoded.value, 'plain', record, stamp)
    : ofEnvelope(envelope, record, stamp);
}

function ofTombstone(record: SourceRecord, stamp: Stamp): Outcome {
  const tombstone = readTombstone(record.key);
  if (tombstone.kind === 'empty') return dead({ code: 'RECORD_EMPTY', reason: tombstone.reason });
  return tombstone.kind === 'ignored' ? tombstone : deletion(tombstone.key, {}, record, stamp);
}

function ofEnvelope(message: MaxwellMessage, record: SourceRecord, stamp: Stamp): Outcome {
  if (message.database !== sourceDatabase || (message.table !== sourceTable && message.kind !== 'control')) {
    return { kind: 'ignored', why: 'another table' };
  }
  if (message.kind === 'control') return { kind: 'ignored', why: `Maxwell ${message.type}` };
  if (message.kind === 'broken') return invalid(message.field, message.problem, 'ENVELOPE_INVALID');
  if (message.change === 'delete') {
    const id = unsigned64(message.data['id']);
    return id instanceof Broken ? invalid('data.id', id.rule) : deletion(id, message.data, record, stamp);
  }
  const outcome = ofOrder(message.data, 'row', record, stamp);
  if (message.change !== 'update' || !Object.hasOwn(message.old, 'id')) return outcome;
  const former = unsigned64(message.old['id']);
  if (outcome.kind === 'dead') {
    const { about, ...ofNoRow } = outcome;
    // The former row stays: a newer version of the other one does not make up for that.
    return former === about?.key[0] ? outcome : ofNoRow;
  }
  if (outcome.kind !== 'upsert') return outcome;
  if (former instanceof Broken) return invalid('old.id', former.rule);
  return former === outcome.key[0] ? outcome : { ...outcome, replaces: [former] };
}

function ofOrder(value: JsonObject, shape: OrderShape, record: SourceRecord, stamp: Stamp): Outcome {
  const outcome = judgeOrder(value, shape, record, stamp);
  return outcome.kind === 'dead' ? { ...outcome, ...aboutOrder(value, shape, record, stamp) } : outcome;
}

/** Where the fields of an order stand in its record. */
const outerOf = { plain: '', row: 'data.' } as const;

function judgeOrder(value: JsonObject, shape: OrderShape, record: SourceRecord, stamp: Stamp): Outcome {
  const read = readOrder(value, shape);
  if (read instanceof BrokenFields) return broken(read, shape);
  const order = makeOrder(value, read);
  if (order instanceof BrokenFields) return broken(order, shape);
  const updatedAt = updatedAtOf(order, record);
  if (isFromFuture(updatedAt, record)) return dead(fromFuture(record, outerOf[shape]));
  const messageId = messageIdOf(record, stamp);
  const correlationId = correlationIdOf(record) ?? messageId;
  const row = targetRow(order, record, stamp, correlationId);
  const tooLong = tooLongFor(ordersTable, row);
  if (tooLong !== null) {
    // The columns that have a length are named like the fields.
    return dead(columnRejected(tooLong.path, tooLong.rule, outerOf[shape] + tooLong.path));
  }
  const publication = publicationOf(order, row, record, stamp, messageId, correlationId);
  if (isTooLarge(publication.value)) {
    const reason = `the enriched message would be larger than ${largestMessage} bytes`;
    return dead({ code: 'MESSAGE_TOO_LARGE', reason });
  }
  return { kind: 'upsert', key: [order.id], version: versionOf(updatedAt, record, stamp), row, publication };
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

function broken(fields: BrokenFields, shape: OrderShape): Outcome {
  return dead({ code: 'ORDER_INVALID', reason: fields.reason, reasons: fields.reasonsIn(outerOf[shape]) });
}

function invalid(path: string, rule: string, code: ErrorCode = 'ORDER_INVALID'): Outcome {
  return dead(fieldRejected(code, path, rule));
}

function dead(rejection: Rejection): Outcome {
  return { kind: 'dead', ...rejection };
}
