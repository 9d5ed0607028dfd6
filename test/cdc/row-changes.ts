import { assignments, type Draft } from './draft.ts';
import type { SlotTable } from './table-state.ts';
import { quoted } from './tables.ts';

/** Rows that one ordinary statement touches: mostly one, at times some. */
function few({ random }: Draft): number {
  return random.chance(0.6) ? 1 : 2 + random.whole(8);
}

/** One or several changes of a table with keys of the workload's choice. */
type Change = (draft: Draft, table: SlotTable) => void;

/** INSERT of new rows. */
export function insertRows(draft: Draft, table: SlotTable, count = few(draft)): void {
  insertSlots(draft, table, table.rows.slots.absent(draft.random, count));
}

/** INSERT of these slots, which are free. */
export function insertSlots(draft: Draft, table: SlotTable, slots: readonly number[]): void {
  if (slots.length === 0) return;
  draft.insert('INSERT', table, slots);
  for (const slot of slots) draft.add(table, slot);
}

/** One UPDATE of rows that stay where they are. */
export function updateRows(draft: Draft, table: SlotTable, count = few(draft)): void {
  const slots = table.rows.slots.present(draft.random, count);
  if (slots.length === 0) return;
  const columns = draft.someColumns(table, slots.length);
  const where = draft.where(table, slots);
  draft.run(`UPDATE ${quoted(table.name)} SET ${assignments(columns)} ${where.sql}`, [
    ...draft.valuesOf(columns),
    ...where.values,
  ]);
}

/** One DELETE. */
export function deleteRows(draft: Draft, table: SlotTable, count = few(draft)): void {
  const slots = table.rows.slots.present(draft.random, count);
  if (slots.length > 0) deleteSlots(draft, table, slots);
}

function deleteSlots(draft: Draft, table: SlotTable, slots: readonly number[]): void {
  const where = draft.where(table, slots);
  draft.run(`DELETE FROM ${quoted(table.name)} ${where.sql}`, where.values);
  for (const slot of slots) draft.remove(table, slot);
}

/** An UPDATE of the key, from one slot to another that is free. */
function moveSlot(draft: Draft, table: SlotTable, from: number, to: number): void {
  const where = draft.where(table, [from]);
  const columns = draft.random.chance(0.5) ? draft.someColumns(table, 1) : [];
  draft.run(
    `UPDATE ${quoted(table.name)} SET ${assignments([...table.rows.key.columns, ...columns])} ${where.sql}`,
    [...draft.keyOf(table, to), ...draft.valuesOf(columns), ...where.values],
  );
  draft.remove(table, from);
  draft.add(table, to);
}

const changeKey: Change = (draft, table) => {
  const { slots } = table.rows;
  const [from] = slots.present(draft.random, 1);
  const [to] = slots.absent(draft.random, 1);
  if (from !== undefined && to !== undefined) moveSlot(draft, table, from, to);
};

/** Two rows exchange their keys by way of a third key. */
const swapKeys: Change = (draft, table) => {
  const { slots } = table.rows;
  const [one, two] = slots.present(draft.random, 2);
  const [free] = slots.absent(draft.random, 1);
  if (one === undefined || two === undefined || free === undefined) return;
  moveSlot(draft, table, one, free);
  moveSlot(draft, table, two, one);
  moveSlot(draft, table, free, two);
};

/** The key's capitals, accents or trailing spaces change, or nothing does. */
const changeKeyVariant: Change = (draft, table) => {
  const [slot] = table.rows.slots.present(draft.random, 1);
  if (slot === undefined) return;
  const where = draft.where(table, [slot]);
  draft.run(`UPDATE ${quoted(table.name)} SET ${assignments(table.rows.key.columns)} ${where.sql}`, [
    ...draft.keyOf(table, slot),
    ...where.values,
  ]);
};

/** INSERT … ON DUPLICATE KEY UPDATE of rows some of which are there. */
const upsert: Change = (draft, table) => {
  const { slots, key } = table.rows;
  const known = slots.present(draft.random, few(draft));
  const added = slots.absent(draft.random, few(draft));
  if (known.length + added.length === 0) return;
  const keyColumns = draft.random.chance(0.3) ? key.columns : [];
  const set = [...draft.someColumns(table, 2), ...keyColumns].map(
    ({ name }) => `${quoted(name)} = VALUES(${quoted(name)})`,
  );
  draft.insert('INSERT', table, [...known, ...added], ` ON DUPLICATE KEY UPDATE ${set.join(', ')}`);
  for (const slot of added) draft.add(table, slot);
};

const replaceRows: Change = (draft, table) => {
  const known = table.rows.slots.present(draft.random, few(draft));
  const added = table.rows.slots.absent(draft.random, draft.random.whole(3));
  if (known.length + added.length === 0) return;
  draft.insert('REPLACE', table, [...known, ...added]);
  for (const slot of added) draft.add(table, slot);
};

/** An UPDATE that changes nothing. */
const changeNothing: Change = (draft, table) => {
  const slots = table.rows.slots.present(draft.random, few(draft));
  if (slots.length === 0) return;
  const where = draft.where(table, slots);
  const set = draft.someColumns(table, 1).map(({ name }) => `${quoted(name)} = ${quoted(name)}`);
  draft.run(`UPDATE ${quoted(table.name)} SET ${set.join(', ')} ${where.sql}`, where.values);
};

const deleteAndInsertAgain: Change = (draft, table) => {
  const slots = table.rows.slots.present(draft.random, few(draft));
  if (slots.length === 0) return;
  deleteSlots(draft, table, slots);
  draft.insert('INSERT', table, slots);
  for (const slot of slots) draft.add(table, slot);
};

/** Rows that nobody outside the transaction ever sees. */
const insertAndDelete: Change = (draft, table) => {
  const slots = table.rows.slots.absent(draft.random, few(draft));
  if (slots.length === 0) return;
  draft.insert('INSERT', table, slots);
  for (const slot of slots) draft.add(table, slot);
  if (draft.random.chance(0.5)) updateRows(draft, table);
  deleteSlots(draft, table, slots);
};

/** Two rows exchange their unique values; the server remembers them meanwhile. */
const swapUniqueValues: Change = (draft, table) => {
  const [one, two] = table.rows.slots.present(draft.random, 2);
  const unique = table.columns.find(({ isUnique }) => isUnique);
  if (one === undefined || two === undefined || unique === undefined) return insertRows(draft, table);
  const name = quoted(unique.name);
  const read = (variable: string, slot: number) => {
    const where = draft.where(table, [slot]);
    draft.run(`SELECT ${name} INTO ${variable} FROM ${quoted(table.name)} ${where.sql}`, where.values);
  };
  const write = (slot: number, expression: string, values: ReturnType<Draft['valuesOf']> = []) => {
    const where = draft.where(table, [slot]);
    draft.run(`UPDATE ${quoted(table.name)} SET ${name} = ${expression} ${where.sql}`, [
      ...values,
      ...where.values,
    ]);
  };
  read('@one', one);
  read('@two', two);
  write(one, '?', draft.valuesOf([unique]));
  write(two, '@one');
  write(one, '@two');
};

const changes: readonly (readonly [weight: number, change: Change])[] = [
  [16, (draft, table) => insertRows(draft, table)],
  [16, (draft, table) => updateRows(draft, table)],
  [9, (draft, table) => deleteRows(draft, table)],
  [8, changeKey],
  [3, swapKeys],
  [5, changeKeyVariant],
  [8, upsert],
  [5, replaceRows],
  [4, changeNothing],
  [5, deleteAndInsertAgain],
  [3, insertAndDelete],
];
const weighted = changes.flatMap(([weight, change]) => Array<Change>(weight).fill(change));

/** One change, of a kind and of rows chosen at random. */
export function changeRows(draft: Draft, table: SlotTable): void {
  const { slots } = table.rows;
  // Filled up, a table would see no more inserts and key changes.
  if (slots.filled > 0.7) deleteRows(draft, table, 10);
  else if (slots.size < 3) insertRows(draft, table, 10);
  else if (table.columns.some(({ isUnique }) => isUnique) && draft.random.chance(0.2))
    swapUniqueValues(draft, table);
  else draft.random.pick(weighted)(draft, table);
}
