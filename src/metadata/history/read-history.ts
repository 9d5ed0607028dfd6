import type { Database, Transaction } from '../../mysql/connection.ts';
import { inTransaction } from '../../mysql/transaction.ts';
import { noteFiles, type FileRun } from './binlog-files.ts';
import { emptyHistory, foldRow } from './fold.ts';
import { keyOf, readMark, readRows, readTotals } from './store.ts';
import type { PartitionHistory } from './types.ts';

/** What the audit trail says of a pipeline, from its first batch on. */
export interface History {
  /** In the order of topic, epoch and partition. */
  readonly partitions: readonly PartitionHistory[];
  /** Files of the source's binlog of which changes were read. */
  readonly files: readonly FileRun[];
  /**
   * Rows of the audit trail that this leaves out at most, of whatever pipeline (counted by their ids); 0: none. Where more rows than can be read in some
   * seconds are not rolled up yet (after an upgrade of an old database), the rolled-up ones have to do.
   */
  readonly leftOut: number;
}

/** A few seconds. */
const mostRows = 250_000;
const pageRows = 5_000;

/**
 * Reads the rolled-up rows of a pipeline and the rows behind the mark. What is old costs nothing.
 *
 * @throws AlirError MYSQL_*
 */
export async function readHistory(
  database: Database,
  pipeline: string,
  readAtMost = mostRows,
): Promise<History> {
  return inTransaction(database, (transaction) => readHistoryIn(transaction, pipeline, readAtMost));
}

/** The same in the snapshot of a transaction: whoever rolls up meanwhile moves rows from the one table to the other. */
export async function readHistoryIn(
  transaction: Transaction,
  pipeline: string,
  readAtMost = mostRows,
): Promise<History> {
  const mark = await readMark(transaction, 'none');
  const totals = await readTotals(transaction, pipeline);
  const files = mark?.files[pipeline] ?? [];
  const after = mark?.rolledUpTo ?? 0;
  const behind = (await newestId(transaction)) - after;
  if (behind > readAtMost) return { partitions: inOrder(totals), files, leftOut: behind };
  const partitions = new Map(totals.map((history) => [keyOf(history.place), history]));
  await addRows(transaction, pipeline, after, partitions, files);
  return { partitions: inOrder([...partitions.values()]), files, leftOut: 0 };
}

async function newestId(transaction: Transaction): Promise<number> {
  const [row] = await transaction.$queryRawUnsafe<{ id: bigint | null }[]>(
    'SELECT MAX(id) AS id FROM etl_batches',
  );
  return Number(row?.id ?? 0);
}

async function addRows(
  transaction: Transaction,
  pipeline: string,
  mark: number,
  partitions: Map<string, PartitionHistory>,
  files: FileRun[],
): Promise<void> {
  const ofPipeline = { sql: 'b.pipeline = ?', values: [pipeline] };
  for (let after = mark; ;) {
    const rows = await readRows(transaction, after, pageRows, ofPipeline);
    for (const row of rows) {
      const key = keyOf(row);
      const history = partitions.get(key) ?? emptyHistory(row);
      partitions.set(key, history);
      foldRow(history, row);
      noteFiles(files, row);
    }
    if (rows.length < pageRows) return;
    after = rows.at(-1)!.id;
  }
}

function inOrder(partitions: PartitionHistory[]): PartitionHistory[] {
  return partitions.sort(
    ({ place: a }, { place: b }) =>
      (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : 0) || a.epoch - b.epoch || a.partition - b.partition,
  );
}
