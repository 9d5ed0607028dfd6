import type { Random } from '../../src/lab/simulator/random.ts';
import type { KeySpace } from './keys.ts';
import { keyTables, keyTablesOfMariadb } from './key-tables.ts';
import { specialTables } from './special-tables.ts';
import { tables, type Column, type TableDesign } from './tables.ts';
import type { Make } from './values.ts';

/** The server whose tables the workload changes. */
export type Source = 'mysql' | 'mariadb';

/** Tables with two columns as their key that a run begins with: each is longer than two chunks of a load. */
const keyTablesAtOnce = 6;

/** All that the workload may create on a source of this kind. */
export function designsOf(source: Source): readonly TableDesign[] {
  return source === 'mysql' ? allTables : tablesOfMariadb;
}

/** The tables that a run begins with: all kinds, and some keys. */
export function firstDesigns(source: Source, random: Random): TableDesign[] {
  const all = designsOf(source);
  const keys = all.filter(isKeyTable);
  const chosen = new Set<TableDesign>();
  while (chosen.size < keyTablesAtOnce) chosen.add(random.pick(keys));
  return [...all.filter((design) => !isKeyTable(design)), ...chosen];
}

function isKeyTable({ name }: TableDesign): boolean {
  return name.startsWith('key_');
}

/**
 * A design as MariaDB can hold it and Maxwell 1.22 carries it from there. Left out: JSON, which is a LONGTEXT there;
 * fractions of seconds, which Maxwell drops; collations of MySQL 8, and keys that need one of them.
 */
function forMariadb({ columns, key, ...rest }: TableDesign): TableDesign {
  return {
    ...rest,
    key: key && keyForMariadb(key),
    columns: columns.filter(({ type }) => !isJson(type)).map(columnForMariadb),
  };
}

/** A column's type and values likewise. */
export function columnForMariadb<T extends Pick<Column, 'type' | 'make'>>(column: T): T {
  const { type, make } = column;
  const changed = { ...column, type: typeForMariadb(type) };
  return hasFraction(type) && make !== null ? { ...changed, make: wholeSeconds(make) } : changed;
}

export function isJson(type: string): boolean {
  return type.startsWith('JSON');
}

function hasFraction(type: string): boolean {
  return /^(DATETIME|TIMESTAMP)\(/.test(type);
}

function typeForMariadb(type: string): string {
  return type
    .replace(/^(DATETIME|TIMESTAMP)\(\d\)/, '$1')
    .replace('utf8mb4_0900_ai_ci', 'utf8mb4_unicode_520_ci')
    .replace('utf8mb4_0900_as_cs', 'utf8mb4_bin');
}

function wholeSeconds(make: Make): Make {
  return (random, serial) => {
    const value = make(random, serial);
    return typeof value === 'string' ? value.replace(/\.\d+$/, '') : value;
  };
}

function keyForMariadb(key: KeySpace): KeySpace {
  const types = key.columns.map(({ type }) => type).join();
  const columns = key.columns.map((column) => ({ ...column, type: typeForMariadb(column.type) }));
  // Here spaces at the end make no key of their own.
  if (types.includes('0900')) {
    const at: KeySpace['at'] = (slot, variant) => key.at(2 * slot, variant);
    return { ...key, columns, at };
  }
  if (!hasFraction(types)) return key;
  const at: KeySpace['at'] = (slot) => [
    new Date(Date.UTC(2026, 10, 23, 8, 15, slot)).toISOString().replace('T', ' ').slice(0, 19),
  ];
  return { ...key, columns: columns.map((column) => ({ ...column, place: 'CAST(? AS DATETIME)' })), at };
}

const allTables = [...tables, ...specialTables, ...keyTables];
const tablesOfMariadb = [...tables, ...specialTables, ...keyTablesOfMariadb]
  .map(forMariadb)
  .filter(({ columns }) => columns.length > 0);
