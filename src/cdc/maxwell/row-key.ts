import { decodeJsonObject } from '../json/decode-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/exact-number.ts';

/** The Kafka key that Maxwell gives a row. */
export interface MaxwellKey {
  readonly database: string;
  readonly table: string;
  /** Primary-key column, lower-cased, to its value; empty for a table without one. */
  readonly primaryKey: JsonObject;
}

/**
 * Reads a Kafka key in either of Maxwell's formats: hash `{"database","table","pk.<column>":v}` or array
 * `["db","table",[{"<column>":v}]]`.
 *
 * @returns null when it is neither (DDL keys are a bare UUID)
 */
export function readMaxwellKey(key: Buffer): MaxwellKey | null {
  const isArray = key[0] === 0x5b;
  // The decoder takes objects only, so that a list is read as the one member of an object.
  const bytes = isArray ? Buffer.concat([Buffer.from('{"key":'), key, Buffer.from('}')]) : key;
  const decoded = decodeJsonObject(bytes);
  if (!decoded.ok) return null;
  return isArray ? fromArray(decoded.value['key']) : fromHash(decoded.value);
}

function fromHash(value: JsonObject): MaxwellKey | null {
  const { database, table } = value;
  if (typeof database !== 'string' || typeof table !== 'string') return null;
  const columns = Object.entries(value).filter(([name]) => name.startsWith('pk.'));
  return {
    database,
    table,
    primaryKey: Object.fromEntries(columns.map(([name, part]) => [name.slice(3), part])),
  };
}

function fromArray(value: JsonValue | undefined): MaxwellKey | null {
  if (!Array.isArray(value)) return null;
  const [database, table, parts] = value;
  if (typeof database !== 'string' || typeof table !== 'string' || !Array.isArray(parts)) return null;
  const columns = parts.filter(isJsonObject).flatMap((part) => Object.entries(part));
  return {
    database,
    table,
    primaryKey: Object.fromEntries(columns.map(([name, part]) => [name.toLowerCase(), part])),
  };
}
