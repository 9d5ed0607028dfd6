import type { JsonObject } from '../../cdc/json/exact-number.ts';
import { Broken } from '../../cdc/types/column-type.ts';
import type { Outcome, Stamp } from '../pipeline.ts';
import type { SourceRecord } from '../record.ts';
import { microsOf, momentOfMillis, type Moment } from './fields/time.ts';
import { isDated, isFromFuture } from './from-future.ts';
import { plainFields, rowFields } from './order-schema.ts';
import type { OrderShape } from './read-order.ts';
import { recordMillis, versionOf } from './target-row.ts';

/** The row that a rejected order is about, and the version that the order would have given it; {} where unknown. */
export function aboutOrder(
  value: JsonObject,
  shape: OrderShape,
  record: SourceRecord,
  stamp: Stamp,
): Pick<Extract<Outcome, { kind: 'dead' }>, 'about'> {
  const id = plainFields.id(value['id']);
  if (id instanceof Broken) return {};
  const updatedAt = updatedAtOf(value, shape, record);
  return updatedAt === null ? {} : { about: { key: [id], version: versionOf(updatedAt, record, stamp) } };
}

/**
 * When a rejected order was last changed, as for a good one. For an updated_at that is wrong itself the record's time
 * counts: a change is older than the record that tells of it, so a row that is newer than that has the change.
 *
 * @returns null where neither can be believed: any version at all would pass for a newer one
 */
function updatedAtOf(value: JsonObject, shape: OrderShape, record: SourceRecord): Moment | null {
  const { updated_at: read } = shape === 'row' ? rowFields : plainFields;
  const updatedAt = read(value['updated_at']);
  const recordTime = momentOfMillis(recordMillis(record));
  if (updatedAt === null) return recordTime;
  const isWrong = updatedAt instanceof Broken || !Number.isSafeInteger(microsOf(updatedAt));
  if (isDated(record)) return isWrong || isFromFuture(updatedAt, record) ? recordTime : updatedAt;
  // Without a time the record cannot tell whether another one lies in the future.
  return isWrong ? null : updatedAt;
}
