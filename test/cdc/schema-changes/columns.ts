import type { Random } from '../../../src/lab/simulator/random.ts';
import type { PlannedStep } from '../step.ts';
import type { TableState } from '../table-state.ts';
import { quoted, type Column } from '../tables.ts';
import { addableOf, type Addable } from './addable.ts';
import {
  alter,
  draftOf,
  hasComment,
  partOfAnother,
  placeOf,
  schemaStep,
  type PlanChange,
  type Scene,
} from './scene.ts';

const addedAtMost = 4;

/** Adds a column, or drops one where a table has enough of them. */
export const addColumn: PlanChange = (scene) => {
  const table = scene.random.pick(scene.state);
  const added = makeRoom(scene, table);
  return added.length > 0 ? added : [addOne(scene, table, scene.random.pick(addableOf[scene.source])).step];
};

/** The step that drops a column of a table which has enough of them; empty: it has room. */
export function makeRoom({ random }: Scene, table: TableState): PlannedStep[] {
  const names = [...table.added.keys()];
  return names.length < addedAtMost ? [] : [dropOne(table, random.pick(names))];
}

/** Adds a column at a place chosen at random. */
export function addOne(
  { random, serial }: Scene,
  table: TableState,
  { type, make, wider }: Addable,
  { kind = 'add column', place = '?' } = {},
): { column: Column; step: PlannedStep } {
  const column: Column = { name: `added_${serial()}`, type, place, make, isUnique: false };
  const clause = `ADD COLUMN ${quoted(column.name)} ${type}${positionIn(table, column.name, random)}`;
  table.columns.push(column);
  table.added.set(column.name, wider === undefined ? null : { ...column, ...wider });
  return { column, step: schemaStep(kind, alter(table, clause)) };
}

/** Where a new column goes: mostly to the end. */
function positionIn({ order, columns }: TableState, name: string, random: Random): string {
  const neighbour = random.pick(columns).name;
  const position = random.pick(['', '', ' FIRST', ` AFTER ${quoted(neighbour)}`]);
  const place = position === '' ? order.length : position === ' FIRST' ? 0 : order.indexOf(neighbour) + 1;
  order.splice(place, 0, name);
  return position;
}

function dropOne(table: TableState, name: string): PlannedStep {
  forget(table, name);
  return schemaStep('drop column', alter(table, `DROP COLUMN ${quoted(name)}`));
}

function forget(table: TableState, name: string): void {
  table.columns.splice(placeOf(table, name), 1);
  table.order.splice(table.order.indexOf(name), 1);
  table.added.delete(name);
}

function called(table: TableState, from: string, to: string): void {
  const place = placeOf(table, from);
  const wider = table.added.get(from) ?? null;
  table.columns[place] = { ...(table.columns[place] as Column), name: to };
  table.order[table.order.indexOf(from)] = to;
  table.added.delete(from);
  table.added.set(to, wider && { ...wider, name: to });
}

/** A table with a column that the workload added, and this column. */
function pickAdded({ state, random }: Scene, isFit: (table: TableState, column: Column) => boolean) {
  const found = state.flatMap((table) =>
    table.columns
      .filter((column) => table.added.has(column.name) && isFit(table, column))
      .map((column) => ({ table, column })),
  );
  return found.length === 0 ? null : random.pick(found);
}

/** A value of a column in all rows. */
function inAllRows(scene: Scene, table: TableState, { name, place, make }: Column): PlannedStep {
  const draft = draftOf(scene);
  draft.run(`UPDATE ${quoted(table.name)} SET ${quoted(name)} = ${place}`, [make?.(scene.random, 0) ?? null]);
  return draft.committed(partOfAnother);
}

export const widenColumn: PlanChange = (scene) => {
  const picked = pickAdded(scene, (table, { name }) => table.added.get(name) !== null);
  if (picked === null) return null;
  const { table, column } = picked;
  const wider = table.added.get(column.name) as Column;
  table.columns[placeOf(table, column.name)] = wider;
  table.added.set(column.name, null);
  return [schemaStep('widen column', alter(table, `MODIFY COLUMN ${quoted(column.name)} ${wider.type}`))];
};

export const dropColumn: PlanChange = (scene) => {
  const picked = pickAdded(scene, () => true);
  return picked && [dropOne(picked.table, picked.column.name)];
};

export const renameColumn: PlanChange = (scene) => {
  const picked = pickAdded(scene, () => true);
  if (picked === null) return null;
  const { table, column } = picked;
  const name = `renamed_${scene.serial()}`;
  called(table, column.name, name);
  const clause = scene.random.chance(0.5)
    ? `CHANGE COLUMN ${quoted(column.name)} ${quoted(name)} ${column.type}`
    : `RENAME COLUMN ${quoted(column.name)} TO ${quoted(name)}`;
  return [schemaStep('rename column', alter(table, clause))];
};

/** The column has its default everywhere from now on, and looks as before. */
export const dropAndAddColumn: PlanChange = (scene) => {
  const picked = pickAdded(scene, () => true);
  if (picked === null) return null;
  const { table, column } = picked;
  const name = quoted(column.name);
  table.order.splice(table.order.indexOf(column.name), 1);
  const position = positionIn({ ...table, columns: others(table, column) }, column.name, scene.random);
  const clauses = `DROP COLUMN ${name}, ADD COLUMN ${name} ${column.type}${position}`;
  return [schemaStep('drop and add column', alter(table, clauses))];
};

function others({ columns }: TableState, { name }: Column): Column[] {
  return columns.filter((column) => column.name !== name);
}

/** `total` goes, and what was called `total_new` bears its name: the usual way to compute a column anew. */
export const replaceColumn: PlanChange = (scene) => {
  const picked = pickAdded(scene, () => true);
  if (picked === null) return null;
  const { table, column } = picked;
  const copy = addOne(scene, table, column as Addable, { kind: partOfAnother, place: column.place });
  const wider = table.added.get(column.name) ?? null;
  const fill = inAllRows(scene, table, copy.column);
  forget(table, column.name);
  called(table, copy.column.name, column.name);
  table.added.set(column.name, wider);
  const clauses = `DROP COLUMN ${quoted(column.name)}, RENAME COLUMN ${quoted(copy.column.name)} TO ${quoted(column.name)}`;
  return [copy.step, fill, schemaStep('replace column', alter(table, clauses))];
};

/** Two columns exchange their names: afterwards Maxwell's own idea of the table is wrong. */
export const exchangeColumns: PlanChange = (scene) => {
  const { random, serial } = scene;
  const table = random.pick(scene.state);
  const room = makeRoom(scene, table);
  if (room.length > 0) return room;
  const type = random.pick(addableOf[scene.source]);
  const [one, two] = [addOne(scene, table, type), addOne(scene, table, type)] as const;
  const [a, b] = [one.column.name, two.column.name] as const;
  const comment = `exchanged ${serial()}`;
  const [from, to] = [quoted(a), quoted(b)];
  const clauses = random.chance(0.5)
    ? `RENAME COLUMN ${from} TO ${to}, RENAME COLUMN ${to} TO ${from}`
    : `CHANGE COLUMN ${from} ${to} ${type.type}, CHANGE COLUMN ${to} ${from} ${type.type}`;
  const [first, second] = [table.order.indexOf(a), table.order.indexOf(b)];
  [table.order[first], table.order[second]] = [b, a];
  return [
    one.step,
    two.step,
    inAllRows(scene, table, one.column),
    schemaStep(
      'exchange columns',
      alter(table, `${clauses}, COMMENT = '${comment}'`),
      hasComment(table.name, comment),
    ),
  ];
};
