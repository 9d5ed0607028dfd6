import type { Random } from '../../src/pipelines/orders/simulator/random.ts';
import { quoted } from './draft.ts';
import { datetime, document } from './structured-values.ts';
import { columnForMariadb, designsOf, isJson, type Source } from './mariadb-designs.ts';
import { tableState, type TableState } from './table-state.ts';
import { createTable, type Column } from './tables.ts';
import * as values from './values.ts';
import { orNull, type Make } from './values.ts';

export interface SchemaChange {
  readonly kind: string;
  readonly sql: string;
}

/** What tells that a schema change, done again, had been done before: the table or the column is there, or is gone. */
export const doneBefore: ReadonlySet<number> = new Set([1050, 1051, 1054, 1060, 1091]);

interface Addable {
  readonly type: string;
  readonly make: Make;
  /** The type that it can be widened to. */
  readonly wider?: { readonly type: string; readonly make: Make };
}

const utf8 = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci';

const addable: readonly Addable[] = [
  {
    type: 'INT NULL',
    make: orNull(values.whole(-(2n ** 31n), 2n ** 31n - 1n)),
    wider: { type: 'BIGINT NULL', make: orNull(values.whole(-(2n ** 63n), 2n ** 63n - 1n)) },
  },
  {
    type: 'TINYINT UNSIGNED NOT NULL DEFAULT 7',
    make: values.whole(0n, 255n),
    wider: { type: 'INT UNSIGNED NOT NULL DEFAULT 7', make: values.whole(0n, 2n ** 32n - 1n) },
  },
  {
    type: `VARCHAR(20) ${utf8} NOT NULL DEFAULT 'n/a'`,
    make: values.text(20),
    wider: { type: `VARCHAR(300) ${utf8} NOT NULL DEFAULT 'n/a'`, make: values.text(300) },
  },
  {
    type: `VARCHAR(20) ${utf8} NULL DEFAULT 'baru'`,
    make: orNull(values.text(20)),
    wider: { type: `TEXT ${utf8} NULL`, make: orNull(values.text(400)) },
  },
  {
    type: 'DECIMAL(10,2) NOT NULL DEFAULT 12.50',
    make: values.decimal(10, 2),
    wider: { type: 'DECIMAL(20,2) NOT NULL DEFAULT 12.50', make: values.decimal(20, 2) },
  },
  {
    type: "ENUM('a','b') NOT NULL DEFAULT 'b'",
    make: values.oneOf('a', 'b'),
    wider: { type: "ENUM('a','b','c') NOT NULL DEFAULT 'b'", make: values.oneOf('a', 'b', 'c') },
  },
  {
    type: 'DATETIME(3) NULL',
    make: orNull(datetime(3)),
    wider: { type: 'DATETIME(6) NULL', make: orNull(datetime(6)) },
  },
  {
    type: "DATETIME NOT NULL DEFAULT '2026-01-01 00:00:00'",
    make: datetime(0),
  },
  {
    type: 'VARBINARY(10) NULL',
    make: orNull(values.bytes(0, 10)),
    wider: { type: 'VARBINARY(100) NULL', make: orNull(values.bytes(0, 100)) },
  },
  { type: 'DOUBLE NOT NULL DEFAULT 0.5', make: values.double },
  { type: 'JSON NULL', make: orNull(document) },
];

const addableOf: Readonly<Record<Source, readonly Addable[]>> = {
  mysql: addable,
  mariadb: addable
    .filter(({ type }) => !isJson(type))
    .map(({ wider, ...column }) => ({
      ...columnForMariadb(column),
      ...(wider && { wider: columnForMariadb(wider) }),
    })),
};

const extraNames = ['extra_one', 'extra_two', 'extra_three', 'extra_four'];
const addedAtMost = 4;

/** Makes one change of the schema, chosen at random, in `state`; returns its statement. */
export function changeSchema(
  state: TableState[],
  random: Random,
  serial: number,
  source: Source,
): SchemaChange {
  if (random.chance(0.25)) return createOrDrop(state, random, source);
  const table = random.pick(state);
  const names = [...table.added.keys()];
  if (names.length === 0 || (names.length < addedAtMost && random.chance(0.4)))
    return addColumn(table, random, serial, source);
  return changeColumn(table, random.pick(names), random, serial);
}

function createOrDrop(state: TableState[], random: Random, source: Source): SchemaChange {
  const name = random.pick(extraNames);
  const place = state.findIndex((table) => table.name === name);
  if (place >= 0) {
    state.splice(place, 1);
    return { kind: 'drop table', sql: `DROP TABLE ${quoted(name)}` };
  }
  // A name that was used before may come back with other columns and another key.
  const design = { ...random.pick(designsOf(source)), name };
  state.push(tableState(design));
  return { kind: 'create table', sql: createTable(design) };
}

function addColumn(table: TableState, random: Random, serial: number, source: Source): SchemaChange {
  const { type, make, wider } = random.pick(addableOf[source]);
  const name = `added_${serial}`;
  const neighbour = random.pick(table.columns).name;
  const position = random.pick(['', '', ' FIRST', ` AFTER ${quoted(neighbour)}`]);
  const column: Column = { name, type, place: '?', make, isUnique: false };
  table.columns.push(column);
  table.added.set(name, wider === undefined ? null : { ...column, ...wider });
  return {
    kind: 'add column',
    sql: `ALTER TABLE ${quoted(table.name)} ADD COLUMN ${quoted(name)} ${type}${position}`,
  };
}

function changeColumn(table: TableState, name: string, random: Random, serial: number): SchemaChange {
  const place = table.columns.findIndex((column) => column.name === name);
  const column = table.columns[place];
  if (column === undefined) throw new Error(`${table.name}.${name}: no such column`);
  const alter = `ALTER TABLE ${quoted(table.name)}`;
  const wider = table.added.get(name) ?? null;
  const kind = random.pick(['widen column', 'widen column', 'rename column', 'drop column']);
  if (kind === 'widen column' && wider !== null) {
    table.columns[place] = wider;
    table.added.set(name, null);
    return { kind, sql: `${alter} MODIFY COLUMN ${quoted(name)} ${wider.type}` };
  }
  table.added.delete(name);
  if (kind !== 'rename column') {
    table.columns.splice(place, 1);
    return { kind: 'drop column', sql: `${alter} DROP COLUMN ${quoted(name)}` };
  }
  const renamed = { ...column, name: `renamed_${serial}` };
  table.columns[place] = renamed;
  table.added.set(renamed.name, wider && { ...wider, name: renamed.name });
  return { kind, sql: `${alter} CHANGE COLUMN ${quoted(name)} ${quoted(renamed.name)} ${column.type}` };
}

/** Empties a table without an event for its rows. */
export function truncateTable(state: readonly TableState[], random: Random): SchemaChange {
  const { name, rows } = random.pick(state);
  if (rows.kind === 'slots') rows.slots.clear();
  else Object.assign(rows, { newest: 0, purged: 0 });
  return { kind: 'truncate', sql: `TRUNCATE TABLE ${quoted(name)}` };
}
