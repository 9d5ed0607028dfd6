import type { JsonValue } from '../json/exact-number.ts';
import { isSpatial } from '../schema/column-types.ts';
import type { ColumnSchema } from '../schema/table-schema.ts';
import { binary, blob, varbinary } from './binary.ts';
import { Broken, type ColumnType, type Origin } from './column-type.ts';
import { decimal } from './decimal.ts';
import { double, float } from './floating.ts';
import { geometry } from './geometry.ts';
import { json } from './json.ts';
import { enumeration, set } from './members.ts';
import { char, longText, varchar } from './texts.ts';
import { date, dateTime, time } from './times.ts';
import { bit, integer, year } from './whole-numbers.ts';

/** A data column of a replica, see TargetColumn in the pipelines. */
export interface ReplicaColumn {
  readonly name: string;
  readonly role: 'data';
  readonly maxLength?: number;
  readonly fromText?: (text: string) => string;
  readonly toText?: (column: string) => string;
  readonly restored?: (value: string) => string;
}

/** A key column of a replica, see KeyColumn in the pipelines. */
export interface ReplicaKey {
  readonly name: string;
  readonly fromText: (text: string) => string;
  readonly labels?: readonly string[];
  readonly stored?: (text: string) => string;
}

const unreadable = new Broken('is of a type that Maxwell does not read');

const types: ReadonlyMap<string, ColumnType> = new Map([
  ...named(integer, 'tinyint smallint mediumint int bigint'),
  ...named(decimal, 'decimal'),
  ...named(float, 'float'),
  ...named(double, 'double'),
  ...named(bit, 'bit'),
  ...named(char, 'char'),
  ...named(varchar, 'varchar'),
  ...named(longText, 'tinytext text mediumtext longtext'),
  ...named(binary, 'binary'),
  ...named(varbinary, 'varbinary'),
  ...named(blob, 'tinyblob blob mediumblob longblob'),
  ...named(date, 'date'),
  ...named(dateTime, 'datetime timestamp'),
  ...named(time, 'time'),
  ...named(year, 'year'),
  ...named(enumeration, 'enum'),
  ...named(set, 'set'),
  ...named(json, 'json'),
  ...named(geometry, 'geometry point linestring polygon multipoint multilinestring multipolygon'),
  // MySQL 8 shortened the name.
  ...named(geometry, 'geometrycollection geomcollection'),
]);

function named(type: ColumnType, names: string): [string, ColumnType][] {
  return names.split(' ').map((name) => [name, type]);
}

/** The data types that can be replicated, in the words of `ColumnSchema.dataType`. */
export const knownTypes: readonly string[] = [...types.keys()];

/**
 * The canonical text of what Maxwell writes for a column: one text per value, whether the row came live or from a
 * bootstrap, and the same that the table prints for it (`targetColumn(…).toText`).
 *
 * @returns null for NULL. Where the column takes no NULL, a null stands for the one value that Maxwell writes so: a
 *   zero date, ENUM's '', a JSON null.
 */
export function textOf(column: ColumnSchema, value: JsonValue, origin: Origin): string | null | Broken {
  const type = types.get(column.dataType);
  if (type === undefined) return unreadable;
  if (value !== null) return type.textOf(value, column, origin);
  return column.isNullable ? null : (type.writtenAsNull?.(column) ?? null);
}

/** How a replica's table takes and prints the canonical texts of a column. */
export function targetColumn(column: ColumnSchema): ReplicaColumn {
  const { name, dataType, length } = column;
  const { fromText, toText, restored } = types.get(dataType) ?? {};
  const hasMaxLength = (dataType === 'char' || dataType === 'varchar') && length !== null;
  return {
    name,
    role: 'data',
    ...(hasMaxLength ? { maxLength: length } : {}),
    ...(fromText ? { fromText: (text) => fromText(text, column) } : {}),
    ...(toText ? { toText: (sql) => toText(sql, column) } : {}),
    ...(restored ? { restored: (value) => restored(value, column) } : {}),
  };
}

/**
 * How a key is found by the canonical text of its column: `column = fromText(text)` uses the index and never compares
 * by doubles.
 *
 * @returns the sentence why not, for types that cannot be keys
 */
export function keyColumn(column: ColumnSchema): ReplicaKey | Broken {
  const type = types.get(column.dataType);
  const { key, labels, fromText } = type ?? { key: 'A column of this type cannot be a key.' };
  if (typeof key === 'string') return new Broken(key);
  return {
    name: column.name,
    fromText: (text) => key(text, column),
    ...(labels && { labels: labels(column) }),
    ...(fromText && { stored: (text) => fromText(text, column) }),
  };
}

/** What Maxwell (1.22.6, 1.45.0) loses of a column's values, each a sentence. The guide lists them: cdc-types.md. */
export function lossesOf(column: ColumnSchema): readonly string[] {
  return types.get(column.dataType)?.losses?.(column) ?? [];
}

const often: ReadonlySet<string> = new Set(['time', 'year', 'bit', 'float']);

/** Whether a column loses values that people commonly keep in it; what the other types lose is rare. */
export function losesOften(column: ColumnSchema): boolean {
  return lossesOf(column).length > 0 && (often.has(column.dataType) || isSpatial(column));
}
