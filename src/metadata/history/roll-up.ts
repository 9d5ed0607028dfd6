import type { Database, Transaction } from '../../mysql/connection.ts';
import { inTransaction } from '../../mysql/transaction.ts';
import { noteFiles } from './binlog-files.ts';
import { foldRow } from './fold.ts';
import { keyOf, readMark, readRows, readTotalsOf, writeMark, writeTotals, type Mark } from './store.ts';
import type { AuditRow } from './types.ts';

/**
 * Younger rows stay behind the mark: ids are given when a row is written, and rows of several tables may be committed in
 * another order. One that takes longer all the same is found when it is pruned.
 */
const settleMs = 120_000;

const pageRows = 5_000;

/**
 * Rolls up the next rows of the audit trail. Of several processes one works, and the others have nothing to do.
 *
 * @param options.settleMs how old a row must be
 * @returns whether there may be more
 * @throws AlirError MYSQL_*
 */
export async function rollUpPage(
  database: Database,
  options: { readonly settleMs?: number; readonly pageRows?: number } = {},
): Promise<boolean> {
  const most = options.pageRows ?? pageRows;
  return inTransaction(database, async (transaction) => {
    const mark = await readMark(transaction, 'own');
    if (mark === null) return false;
    const page = await readRows(transaction, mark.rolledUpTo, most);
    const margin = options.settleMs ?? settleMs;
    // A row of the future is of a time when the server's clock was wrong: it would hold up the others until then.
    const young = page.findIndex(({ at }) => Math.abs(mark.now - at) < margin);
    const rows = young < 0 ? page : page.slice(0, young);
    const last = rows.at(-1);
    if (last === undefined) return false;
    await foldInto(transaction, { ...mark, rolledUpTo: last.id }, rows);
    return rows.length === most;
  });
}

/**
 * Rolls up all that is old enough.
 *
 * @param rest called between two pages
 */
export async function rollUp(database: Database, rest?: Rest): Promise<void> {
  while (await rollUpPage(database)) if ((await rest?.()) === 'stop') return;
}

/** What is done between two steps of work in the background. */
export type Rest = () => Promise<'go on' | 'stop'>;

/** Adds rows to the totals, under a mark that the transaction has locked, and writes both. */
export async function foldInto(
  transaction: Transaction,
  mark: Mark,
  rows: readonly AuditRow[],
): Promise<void> {
  const places = new Map(rows.map((row) => [keyOf(row), row]));
  const totals = await readTotalsOf(transaction, [...places.values()]);
  const histories = new Map(totals.map((history) => [keyOf(history.place), history]));
  for (const row of rows) {
    foldRow(histories.get(keyOf(row))!, row);
    noteFiles((mark.files[row.pipeline] ??= []), row);
  }
  await writeTotals(transaction, totals);
  await writeMark(transaction, mark);
}
