import { AlirError } from '../errors/alir-error.ts';
import type { TargetTable } from '../pipelines/pipeline.ts';
import { countingJson, deletesJson, upsertsJson, type Changes } from './changes.ts';
import type { Transaction } from './connection.ts';
import { classifyMysqlError } from './mysql-error.ts';
import { statementsFor } from './statements.ts';

/** What became of the changes that were counted. */
export interface WriteCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly stale: number;
}

/** The changes of a batch as parameters of the statements, made before the transaction that sends them. */
export interface EncodedChanges {
  readonly counted: number;
  readonly counting: string;
  readonly deletes: string | null;
  readonly upserts: string | null;
}

export function encodeChanges(
  table: TargetTable,
  changes: Pick<Changes, 'upserts' | 'deletes'>,
): EncodedChanges {
  const { upserts, deletes } = changes;
  return {
    counted: upserts.length + deletes.filter((change) => change.counted).length,
    counting: countingJson(table, changes),
    deletes: deletes.length === 0 ? null : deletesJson(deletes),
    upserts: upserts.length === 0 ? null : upsertsJson(table, upserts),
  };
}

/**
 * Writes the changes of a batch to their table, at most four statements: count, fence, delete, upsert. The caller
 * holds the table's turn.
 *
 * @throws RowError when the database refuses a row
 */
export async function writeChanges(
  transaction: Transaction,
  table: TargetTable,
  changes: EncodedChanges,
  rewrite: boolean,
): Promise<WriteCounts> {
  const statements = statementsFor(table, rewrite);
  try {
    const { counts, toWrite } = await count(transaction, statements.count, changes);
    if (changes.deletes !== null) {
      // The fence first: an older insert that another writer applies later must find it, or the row comes back.
      await transaction.$executeRawUnsafe(statements.fence, changes.deletes);
      await transaction.$executeRawUnsafe(statements.remove, changes.deletes);
    }
    if (changes.upserts !== null && toWrite > 0)
      await transaction.$executeRawUnsafe(statements.upsert, changes.upserts);
    return counts;
  } catch (error) {
    throw classifyMysqlError(error);
  }
}

async function count(
  transaction: Transaction,
  statement: string,
  changes: EncodedChanges,
): Promise<{ counts: WriteCounts; toWrite: number }> {
  const counts = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, stale: 0 };
  let toWrite = 0;
  let seen = 0;
  if (changes.counted === 0) return { counts, toWrite };
  type Row = { outcome: keyof WriteCounts; changes: bigint; upserts: bigint };
  for (const row of await transaction.$queryRawUnsafe<Row[]>(statement, changes.counting)) {
    counts[row.outcome] += Number(row.changes);
    seen += Number(row.changes);
    if (row.outcome !== 'stale') toWrite += Number(row.upserts);
  }
  if (seen !== changes.counted) {
    throw new AlirError('UNEXPECTED', `MySQL counted ${seen} changes of ${changes.counted}.`);
  }
  return { counts, toWrite };
}
