import type { Database } from '../../mysql/connection.ts';
import { byPrimaryKey } from '../../mysql/key-index.ts';
import { executeLarge } from '../../mysql/large-parameters.ts';
import { utf8 } from '../../mysql/json-table.ts';
import { inTransaction } from '../../mysql/transaction.ts';
import { isUnclosed } from '../dead-letters/states.ts';
import { foldInto, type Rest } from './roll-up.ts';
import { readMark, readRows } from './store.ts';

/** Whose rows stay however old they are. */
export interface InUse {
  /** Ids of the workflows that run: a next attempt looks for the row of its own run. */
  readonly workflows: ReadonlySet<string>;
  /** Ids of the backfills that have not ended: the same for their pages. */
  readonly backfills: ReadonlySet<string>;
}

const pageRows = 1_000;

/**
 * Deletes batches of the audit trail that are older than a number of days and rolled up. What stays: gaps, the newest
 * row of each partition, batches with open dead letters, and runs that may be tried again.
 *
 * The rows are searched without locks and deleted by their ids, a thousand at a time; of several processes one works.
 *
 * @param inUse asked once the rows are known to be old: what begins later has younger ones
 * @param rest called between two steps
 * @returns how many went
 * @throws AlirError MYSQL_*
 */
export async function pruneBatches(
  database: Database,
  keepDays: number,
  inUse: () => Promise<InUse>,
  rest?: Rest,
): Promise<number> {
  const mark = await readMark(database, 'none');
  if (mark === null) return 0;
  const before = mark.now - keepDays * 86_400_000;
  const { workflows, backfills } = await inUse();
  let deleted = 0;
  for (let after = 0; ;) {
    const page = await lookAt(database, after, mark.rolledUpTo, before);
    const ids = page
      .filter(({ mayGo, workflowId, run }) => mayGo && !workflows.has(workflowId) && !backfills.has(run))
      .map(({ id }) => id);
    const gone = ids.length === 0 ? 0 : await forget(database, ids, before);
    if (gone === null) break;
    deleted += gone;
    const last = page.at(-1);
    // Ids rise with time, but for seconds.
    if (page.length < pageRows || !last?.isOld || (await rest?.()) === 'stop') break;
    after = last.id;
  }
  return deleted;
}

interface Candidate {
  readonly id: number;
  readonly run: string;
  readonly workflowId: string;
  readonly isOld: boolean;
  readonly mayGo: boolean;
}

const samePartition = (alias: string): string =>
  ['pipeline', 'topic', 'epoch', '`partition`']
    .map((column) => `${alias}.${column} = b.${column}`)
    .join(' AND ');

const isNewest =
  'NOT EXISTS (SELECT 1 FROM etl_batches n FORCE INDEX (etl_batches_range_end_idx) ' +
  `WHERE ${samePartition('n')} AND n.last_offset >= b.last_offset AND (n.last_offset > b.last_offset OR n.id > b.id))`;

const hasOpenLetters =
  `b.dead_lettered > 0 AND EXISTS (SELECT 1 FROM etl_dead_letters d WHERE ${samePartition('d')} ` +
  `AND d.offset BETWEEN b.first_offset AND b.last_offset AND d.${isUnclosed})`;

async function lookAt(database: Database, after: number, upTo: number, before: number): Promise<Candidate[]> {
  type Row = Pick<Candidate, 'run' | 'workflowId'> & { id: bigint; isOld: unknown; mayGo: unknown };
  const isOld = 'b.committed_at < FROM_UNIXTIME(? / 1000)';
  const rows = await database.$queryRawUnsafe<Row[]>(
    `SELECT b.id, b.run, b.workflow_id AS workflowId, ${isOld} AS isOld, ` +
      `${isOld} AND b.kind = 'batch' AND NOT (${hasOpenLetters}) AND NOT (${isNewest}) AS mayGo ` +
      `FROM etl_batches b ${byPrimaryKey} WHERE b.id > ? AND b.id <= ? ORDER BY b.id LIMIT ${pageRows}`,
    before,
    before,
    after,
    upTo,
  );
  return rows.map(({ id, isOld: old, mayGo, ...row }) => ({
    ...row,
    id: Number(id),
    isOld: Number(old) !== 0,
    mayGo: Number(mayGo) !== 0,
  }));
}

/** Null: somebody else is at work. */
async function forget(database: Database, ids: readonly number[], before: number): Promise<number | null> {
  return inTransaction(database, async (transaction) => {
    const mark = await readMark(transaction, 'own');
    if (mark === null) return null;
    const known = new Set(ids);
    const rows = await readRows(transaction, ids[0]! - 1, pageRows, {
      sql: 'b.id <= ?',
      values: [ids.at(-1)],
    });
    const old = rows.filter(({ id }) => known.has(id));
    // Once more: one that was committed after the mark had passed it is counted now.
    await foldInto(transaction, { ...mark, prunedBefore: new Date(before) }, old);
    return executeLarge(
      transaction,
      `DELETE b FROM (SELECT * FROM JSON_TABLE(?, '$[*]' COLUMNS (id VARCHAR(20)${utf8} PATH '$')) j) t ` +
        `STRAIGHT_JOIN etl_batches b ${byPrimaryKey} ON b.id = CAST(t.id AS UNSIGNED)`,
      JSON.stringify(old.map(({ id }) => String(id))),
    );
  });
}
