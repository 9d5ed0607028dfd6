import { assignments, type Draft } from './draft.ts';
import type { NumberedTable } from './table-state.ts';
import { quoted } from './tables.ts';

/** Rows that such a table keeps: older ones are deleted at times. */
const kept = 1500;

/** INSERT of new rows. */
export function insertNumbered(draft: Draft, table: NumberedTable, count: number): void {
  draft.insertNumbered(table, count);
  // Ids of a transaction that is rolled back are not given again, so there is nothing to take back.
  table.rows.newest += count;
}

/** One UPDATE of a range of rows. */
export function updateNumbered(draft: Draft, table: NumberedTable, count: number): void {
  const columns = draft.someColumns(table, 2);
  draft.run(`UPDATE ${quoted(table.name)} SET ${assignments(columns)} WHERE id BETWEEN ? AND ?`, [
    ...draft.valuesOf(columns),
    ...rangeOf(draft, table, count),
  ]);
}

/** One DELETE of a range of rows. */
export function deleteNumbered(draft: Draft, table: NumberedTable, count: number): void {
  draft.run(`DELETE FROM ${quoted(table.name)} WHERE id BETWEEN ? AND ?`, rangeOf(draft, table, count));
}

/** One change, of a kind and of rows chosen at random. */
export function changeNumbered(draft: Draft, table: NumberedTable): void {
  const { random } = draft;
  const { rows } = table;
  const count = random.chance(0.6) ? 1 : 2 + random.whole(8);
  const kind = random.whole(20);
  if (rows.newest - rows.purged > 2 * kept) purge(draft, table);
  else if (kind < 9 || rows.newest === 0) insertNumbered(draft, table, count);
  else if (kind < 15) updateNumbered(draft, table, count);
  else if (kind < 18) deleteNumbered(draft, table, count);
  else negate(draft, table, count);
}

/** Changes the keys of a range of rows; what is below zero comes back. A number is given once, so none is taken. */
function negate(draft: Draft, table: NumberedTable, count: number): void {
  const [from, to] = rangeOf(draft, table, count);
  const range = draft.random.chance(0.7) ? [from, to] : [-to, -from];
  draft.run(`UPDATE ${quoted(table.name)} SET id = -id WHERE id BETWEEN ? AND ?`, range);
}

function purge(draft: Draft, table: NumberedTable): void {
  const { rows } = table;
  const limit = rows.newest - kept;
  draft.run(`DELETE FROM ${quoted(table.name)} WHERE id BETWEEN ? AND ?`, [-limit, limit]);
  rows.purged = limit;
}

function rangeOf({ random }: Draft, { rows }: NumberedTable, count: number): [from: number, to: number] {
  const from = rows.purged + 1 + random.whole(Math.max(1, rows.newest - rows.purged));
  return [from, from + count - 1];
}
