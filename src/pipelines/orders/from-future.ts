import type { Rejection } from '../pipeline.ts';
import type { SourceRecord } from '../record.ts';
import { microsOf, type Moment } from './fields/time.ts';
import { recordMillis } from './target-row.ts';

/** How far a sender's clock may run ahead of the record's time. Later versions would shut out all that follow. */
const futureMicros = 24 * 3600 * 1_000_000;

/** Kafka's first release, 2011: a record that is dated before has a time that its sender made up, 0 above all. */
const firstRecordMs = Date.UTC(2011, 0, 1);

/** Whether an updated_at is too far ahead of its record, or of what a version can hold. */
export function isFromFuture(updatedAt: Moment, record: SourceRecord): boolean {
  const micros = microsOf(updatedAt);
  const isAhead = record.timestamp >= 0 && micros > recordMillis(record) * 1000 + futureMicros;
  return isAhead || !Number.isSafeInteger(micros);
}

/** Whether the time of a record is one that a clock has shown. */
export function isDated(record: SourceRecord): boolean {
  return record.timestamp >= firstRecordMs;
}

/**
 * Rejects an order for its updated_at.
 *
 * @param outer path of the order in its record, with a dot behind it
 */
export function fromFuture(record: SourceRecord, outer: string): Rejection {
  const path = `${outer}updated_at`;
  if (record.timestamp < 0 || isDated(record)) {
    const rule = 'over 24 h after the time of the record';
    return { code: 'ORDER_FROM_FUTURE', reason: `updated_at: ${rule}`, reasons: [{ path, rule }] };
  }
  const rule =
    `the record itself is dated ${new Date(recordMillis(record)).toISOString()}, so its updated_at cannot be judged: ` +
    'the sender must give it the right time, or leave that to the broker';
  return { code: 'ORDER_FROM_FUTURE', reason: rule, reasons: [{ path, rule }] };
}
