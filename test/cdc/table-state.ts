import type { KeySpace } from './keys.ts';
import { Slots } from './slots.ts';
import type { Column, TableDesign } from './tables.ts';

/** A table as it is after the steps so far. */
export interface TableState {
  readonly name: string;
  readonly columns: Column[];
  /** Columns that the workload added, by name, with what each can be widened to. */
  readonly added: Map<string, Column | null>;
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
export function tableState({ name, key, columns }: TableDesign): TableState {
  const rows: TableState['rows'] =
    key === null
      ? { kind: 'numbered', newest: 0, purged: 0 }
      : { kind: 'slots', key, slots: new Slots(key.slots) };
  return { name, columns: [...columns], added: new Map(), rows };
}

export function hasSlots(table: TableState): table is SlotTable {
  return table.rows.kind === 'slots';
}

export function isNumbered(table: TableState): table is NumberedTable {
  return table.rows.kind === 'numbered';
}
