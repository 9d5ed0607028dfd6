import { isJsonObject, numberText, type JsonObject, type JsonValue } from '../json/exact-number.ts';
import { schemaOfDefinition } from '../schema/maxwell-schema.ts';
import type { TableSchema } from '../schema/table-schema.ts';

export type DdlType = `${'database' | 'table'}-${'create' | 'alter' | 'drop'}`;

/** A change of a schema, as Maxwell reports it. */
export interface DdlEvent {
  readonly type: DdlType;
  readonly database: string;
  /** Null for a change of the database itself. */
  readonly table: string | null;
  /** Binlog "file:offset" of the statement; null when Maxwell does not write positions. */
  readonly position: string | null;
  /** Maxwell's number of the schema from then on; rows name it too. */
  readonly schemaId: number | null;
  /** The statement as it was sent; one DROP of many tables is an event for each of them. */
  readonly sql: string;
  /** Milliseconds, unlike the `ts` of rows. */
  readonly timeMs: number;
  /** The table afterwards: only of table-create and table-alter. */
  readonly def: TableSchema | null;
  /** The table before a table-alter; another name than in `def` means that it was renamed. */
  readonly old: TableSchema | null;
}

const types = /^(?:database|table)-(?:create|alter|drop)$/;

/**
 * Reads a decoded value as a DDL message of Maxwell.
 *
 * @returns null when it is none, or one that names no table where it must
 */
export function readDdl(value: JsonObject): DdlEvent | null {
  const { type, database, table, position, sql } = value;
  if (typeof type !== 'string' || !types.test(type) || typeof database !== 'string') return null;
  const ofTable = type.startsWith('table-');
  if (ofTable && typeof table !== 'string') return null;
  return {
    type: type as DdlType,
    database,
    table: ofTable ? (table as string) : null,
    position: typeof position === 'string' ? position : null,
    schemaId: wholeNumber(value['schema_id']),
    sql: typeof sql === 'string' ? sql : '',
    timeMs: wholeNumber(value['ts']) ?? 0,
    def: schemaOf(value['def']),
    old: schemaOf(value['old']),
  };
}

function schemaOf(value: JsonValue | undefined): TableSchema | null {
  return isJsonObject(value) ? schemaOfDefinition(value) : null;
}

function wholeNumber(value: JsonValue | undefined): number | null {
  const number = Number(numberText(value) ?? NaN);
  return Number.isSafeInteger(number) ? number : null;
}
