import type { Draft } from './draft.ts';
import { changeNumbered, deleteNumbered, insertNumbered, updateNumbered } from './numbered-changes.ts';
import { changeRows, deleteRows, insertRows, updateRows } from './row-changes.ts';
import { hasSlots, isNumbered, type TableState } from './table-state.ts';

/** Rows that one statement of a large transaction names: MySQL's parser takes no longer list of conditions well. */
const named = 250;

/** One to six changes in one to three tables. */
export function ordinaryChanges(draft: Draft, state: readonly TableState[]): void {
  const { random } = draft;
  const tables = Array.from({ length: random.chance(0.6) ? 1 : 2 + random.whole(2) }, () =>
    random.pick(state),
  );
  const rounds = random.chance(0.7) ? 1 : 2;
  for (let round = 0; round < rounds; round++) {
    for (const table of tables) {
      if (hasSlots(table)) changeRows(draft, table);
      else if (isNumbered(table)) changeNumbered(draft, table);
    }
  }
}

/** Changes of which the later half is taken back before the rest is committed. */
export function partlyTakenBack(draft: Draft, state: readonly TableState[]): void {
  ordinaryChanges(draft, state);
  draft.run('SAVEPOINT half');
  const mark = draft.mark();
  ordinaryChanges(draft, state);
  draft.run('ROLLBACK TO SAVEPOINT half');
  draft.undo(mark);
  ordinaryChanges(draft, state);
}

/** Thousands of rows of one table that has room for them, inserted, changed again and deleted. */
export function largeChanges(draft: Draft, state: readonly TableState[], rows: number): void {
  const table = draft.random.pick(state.filter((one) => !hasSlots(one) || one.rows.key.slots > 5 * rows));
  if (isNumbered(table)) {
    insertNumbered(draft, table, rows);
    updateNumbered(draft, table, Math.ceil(rows / 2));
    deleteNumbered(draft, table, Math.ceil(rows / 10));
  } else if (hasSlots(table)) {
    const { slots } = table.rows;
    if (slots.filled > 0.5) for (let left = rows; left > 0; left -= named) deleteRows(draft, table, named);
    else insertRows(draft, table, rows);
    for (let round = 0; round < 4; round++) updateRows(draft, table, named);
    deleteRows(draft, table, named);
  }
}
