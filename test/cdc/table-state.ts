import type { KeySpace } from './keys.ts';
import { Slots } from './slots.ts';
import { createTable, type Column, type Partitioning, type TableDesign } from './tables.ts';

/** A table as it is after the steps so far. */
export interface TableState {
  /** Tables that are renamed or swapped take their rows with them. */
  name: string;
  readonly columns: Column[];
  /** The names of all columns, those of the key too, as they stand in the table. */
  readonly order: string[];
  /** Columns that the workload added, by name, with what each can be widened to. */
  readonly added: Map<string, Column | null>;
  /** Indexes as in CREATE TABLE, but the key. */
  readonly indexes: readonly string[];
  /** Names of indexes that the workload added; none is over a column that it added. */
  readonly addedIndexes: string[];
  partitioning: Partitioning | null;
  readonly rows: SlotRows | NumberedRows;
}

/** Rows with keys of the workload's choice. */
export interface SlotRows {
  readonly kind: 'slots';
  readonly key: KeySpace;
  readonly slots: Slots;
}

/** Rows numbered by the server. The numbers are a guess (a lost connection wastes some), so statements name ranges. */
export interface NumberedRows {
  readonly kind: 'numbered';
  newest: number;
  /** Everything up to here has been deleted. */
  purged: number;
}

export interface SlotTable extends TableState {
  readonly rows: SlotRows;
}

export interface NumberedTable extends TableState {
  readonly rows: NumberedRows;
}

/** A new, empty table. */
export function tableState({
  name,
  key,
  columns,
  indexes = [],
  partitioning = null,
}: TableDesign): TableState {
  const table = { name, columns: [...columns], added: new Map(), indexes, addedIndexes: [], partitioning };
  const rows = noRows(key);
  const order = [...keyNames({ rows }), ...columns.map((column) => column.name)];
  return { ...table, rows, order };
}

/** The names of the key's columns. */
export function keyNames(table: Pick<TableState, 'rows'>): string[] {
  return keyOf(table)?.columns.map(({ name }) => name) ?? ['id'];
}

/** What CREATE TABLE … LIKE makes of a table. */
export function emptyTwin(table: TableState, name: string): TableState {
  return {
    ...table,
    name,
    columns: [...table.columns],
    order: [...table.order],
    added: new Map(table.added),
    addedIndexes: [...table.addedIndexes],
    rows: noRows(keyOf(table)),
  };
}

/** CREATE TABLE of a table as it is now; it has none of the indexes that were added. */
export function createAgain(table: TableState): string {
  return createTable({ ...table, key: keyOf(table) });
}

/** Notes that a table has lost all its rows. */
export function emptied({ rows }: TableState): void {
  if (rows.kind === 'slots') rows.slots.clear();
  else Object.assign(rows, { newest: 0, purged: 0 });
}

function keyOf({ rows }: Pick<TableState, 'rows'>): KeySpace | null {
  return rows.kind === 'slots' ? rows.key : null;
}

function noRows(key: KeySpace | null): TableState['rows'] {
  return key === null
    ? { kind: 'numbered', newest: 0, purged: 0 }
    : { kind: 'slots', key, slots: new Slots(key.slots) };
}

/** Whether two tables have the same columns, in the same order. */
export function haveSameShape(one: TableState, other: TableState): boolean {
  const shape = (table: TableState) =>
    JSON.stringify([
      table.order,
      [...table.columns, ...(keyOf(table)?.columns ?? [])].map(({ type }) => type),
    ]);
  return shape(one) === shape(other);
}

export function hasSlots(table: TableState): table is SlotTable {
  return table.rows.kind === 'slots';
}

export function isNumbered(table: TableState): table is NumberedTable {
  return table.rows.kind === 'numbered';
}
