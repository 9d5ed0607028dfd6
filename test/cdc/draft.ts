import type { Random } from '../../src/lab/simulator/random.ts';
import type { PlannedStep, Statement } from './step.ts';
import type { NumberedTable, SlotTable } from './table-state.ts';
import { quoted, type Column } from './tables.ts';
import type { Value } from './values.ts';

/** Rows of one INSERT: a long one is written as several. */
const rowsPerInsert = 500;

/** A transaction in the making: its statements, and the way back to the state before them. */
export class Draft {
  readonly random: Random;
  readonly statements: Statement[] = [];
  readonly #nextSerial: () => number;
  readonly #undo: (() => void)[] = [];

  constructor(random: Random, nextSerial: () => number) {
    this.random = random;
    this.#nextSerial = nextSerial;
  }

  run(sql: string, values: readonly Value[] = []): void {
    this.statements.push({ sql, values });
  }

  serial(): number {
    return this.#nextSerial();
  }

  /** Notes that a slot has got a row. */
  add({ rows: { slots } }: SlotTable, slot: number): void {
    slots.add(slot);
    this.#undo.push(() => slots.remove(slot));
  }

  /** Notes that a slot has lost its row. */
  remove({ rows: { slots } }: SlotTable, slot: number): void {
    slots.remove(slot);
    this.#undo.push(() => slots.add(slot));
  }

  /** The transaction as a step. */
  committed(kind: string): PlannedStep {
    return { kind, statements: this.statements, ending: 'COMMIT' };
  }

  /** A point in the transaction to go back to. */
  mark(): number {
    return this.#undo.length;
  }

  /** Takes back what was noted since `mark`. */
  undo(mark = 0): void {
    while (this.#undo.length > mark) this.#undo.pop()?.();
  }

  /** Key values of a slot, in a variant chosen at random. */
  keyOf({ rows: { key } }: SlotTable, slot: number): readonly Value[] {
    return key.at(slot, this.random.whole(key.variants));
  }

  /** INSERT or REPLACE of these slots; `ending` is what follows the rows. */
  insert(verb: 'INSERT' | 'REPLACE', table: SlotTable, slots: readonly number[], ending = ''): void {
    const keyPlaces = table.rows.key.columns.map((column) => column.place);
    const keyNames = table.rows.key.columns.map((column) => column.name);
    this.#insert(
      verb,
      table,
      { names: keyNames, places: keyPlaces, keys: slots.map((slot) => this.keyOf(table, slot)) },
      ending,
    );
  }

  /** INSERT of rows that the server numbers. */
  insertNumbered(table: NumberedTable, count: number): void {
    this.#insert(
      'INSERT',
      table,
      { names: [], places: [], keys: Array.from({ length: count }, () => []) },
      '',
    );
  }

  #insert(
    verb: string,
    table: { readonly name: string; readonly columns: readonly Column[] },
    key: { names: readonly string[]; places: readonly string[]; keys: readonly (readonly Value[])[] },
    ending: string,
  ): void {
    const columns = table.columns.filter(({ make }) => make !== null);
    const names = [...key.names, ...columns.map(({ name }) => name)].map(quoted).join(', ');
    const row = `(${[...key.places, ...columns.map(({ place }) => place)].join(', ')})`;
    for (let from = 0; from < key.keys.length; from += rowsPerInsert) {
      const keys = key.keys.slice(from, from + rowsPerInsert);
      this.run(
        `${verb} INTO ${quoted(table.name)} (${names}) VALUES ${keys.map(() => row).join(', ')}${ending}`,
        keys.flatMap((values) => [...values, ...this.valuesOf(columns)]),
      );
    }
  }

  /** Values for the columns of one row. */
  valuesOf(columns: readonly Column[]): Value[] {
    const serial = this.serial();
    return columns.map(({ make }) => make?.(this.random, serial) ?? null);
  }

  /** Some columns that a statement may set: unique ones only where it sets one row. */
  someColumns({ columns }: { readonly columns: readonly Column[] }, rows: number): Column[] {
    const settable = columns.filter(({ make, isUnique }) => make !== null && (rows === 1 || !isUnique));
    const picked = settable.filter(() => this.random.chance(0.5));
    return picked.length > 0 ? picked : settable.slice(0, 1);
  }

  /** WHERE of these slots. */
  where(table: SlotTable, slots: readonly number[]): Statement {
    const one = `(${table.rows.key.columns.map(({ name, place }) => `${quoted(name)} = ${place}`).join(' AND ')})`;
    return {
      sql: `WHERE ${slots.map(() => one).join(' OR ')}`,
      values: slots.flatMap((slot) => this.keyOf(table, slot)),
    };
  }
}

/** `a = ?, b = ?` */
export function assignments(columns: readonly { readonly name: string; readonly place: string }[]): string {
  return columns.map(({ name, place }) => `${quoted(name)} = ${place}`).join(', ');
}
