import { readMaxwellKey } from '../../cdc/maxwell/row-key.ts';
import { Broken } from '../../cdc/types/column-type.ts';
import { unsigned64 } from './fields/whole.ts';

/** Table of the source whose rows are orders. */
export const sourceDatabase = 'app_producer';
export const sourceTable = 'orders';

/** What a record without a value asks for. */
export type Tombstone =
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'empty'; readonly reason: string };

/**
 * Reads a record whose value is null by its key: Maxwell's key of a row, or the digits of an order id (compacting
 * tools and Laravel write those).
 */
export function readTombstone(key: Buffer | null): Tombstone {
  if (key === null || key.length === 0)
    return { kind: 'empty', reason: 'The value is null and there is no key.' };
  const id = unsigned64(key.toString('latin1'));
  if (!(id instanceof Broken)) return { kind: 'delete', key: id };
  const row = readMaxwellKey(key);
  if (row === null) {
    return {
      kind: 'empty',
      reason: 'The value is null and the key is neither an order id nor the key of a row.',
    };
  }
  if (row.database !== sourceDatabase || row.table !== sourceTable) {
    return { kind: 'ignored', why: 'tombstone of another table' };
  }
  const rowId = unsigned64(row.primaryKey['id']);
  if (rowId instanceof Broken)
    return { kind: 'empty', reason: 'The value is null and the key names no order id.' };
  return { kind: 'delete', key: rowId };
}
