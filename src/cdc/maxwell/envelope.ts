import { isJsonObject, type JsonObject } from '../json/exact-number.ts';
import { isCamelCase } from './naming.ts';

/** Changes of a row. `bootstrap-insert` is a row that Maxwell read with SQL, not from the binlog. */
export type RowChange = 'insert' | 'update' | 'delete' | 'bootstrap-insert';

interface OfTable {
  readonly database: string;
  readonly table: string;
}

/** What one Maxwell message says. */
export type MaxwellMessage =
  | (OfTable & {
      readonly kind: 'row';
      readonly change: RowChange;
      /** The row after the change; for a delete, the row as it was. */
      readonly data: JsonObject;
      /** The former values of the columns that an update changed; empty when it changed none. */
      readonly old: JsonObject;
      /** Its names are spelt by output_naming_strategy=underscore_to_camelcase. */
      readonly isCamel: boolean;
    })
  /** Bootstrap marks, DDL: nothing to load. */
  | (OfTable & { readonly kind: 'control'; readonly type: string })
  /** An envelope that cannot be read: a type that Maxwell does not write, a row without its data, an `old` of no columns. */
  | (OfTable & { readonly kind: 'broken'; readonly problem: string });

const rowChanges: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'bootstrap-insert']);
const controls = /^(?:bootstrap-(?:start|complete)|(?:database|table)-(?:create|alter|drop)|heartbeat)$/;

/**
 * Reads a decoded value as a Maxwell envelope.
 *
 * @returns null when it is none: no texts `database` and `type`, or an `id` of its own, which no envelope has and
 *   every plain record must have
 */
export function readEnvelope(value: JsonObject): MaxwellMessage | null {
  const { database, type } = value;
  if (typeof database !== 'string' || typeof type !== 'string' || Object.hasOwn(value, 'id')) return null;
  const isControl = controls.test(type);
  if (typeof value['table'] !== 'string' && !isControl) return null;
  const table = typeof value['table'] === 'string' ? value['table'] : '';
  if (isControl) return { kind: 'control', database, table, type };
  if (!rowChanges.has(type)) {
    return { kind: 'broken', database, table, problem: 'type: not a change that Maxwell writes' };
  }
  const { data, old } = value;
  if (!isJsonObject(data)) {
    return { kind: 'broken', database, table, problem: 'data: missing (encrypted messages cannot be read)' };
  }
  // Maxwell leaves `old` out when no column of the update has changed as far as it can tell.
  if (type === 'update' && old !== undefined && !isJsonObject(old)) {
    return { kind: 'broken', database, table, problem: 'old: not an object' };
  }
  const former = isJsonObject(old) ? old : {};
  const isCamel = isCamelCase(value);
  return { kind: 'row', change: type as RowChange, database, table, data, old: former, isCamel };
}
