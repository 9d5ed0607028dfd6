import type { TargetTable, Version } from '../pipelines/pipeline.ts';
import { deletesJson, keysJson, upsertsJson, type Change } from './changes.ts';
import type { Transaction } from './connection.ts';
import { decide, type Held, type HeldRow, type WriteCounts } from './decide.ts';
import { classifyMysqlError } from './mysql-error.ts';
import { statementsFor, type TableStatements } from './statements.ts';

export interface WriteOptions {
  readonly rewrite: boolean;
  /** False where the table is known to have no fences: looking for them costs as much as looking for the rows. */
  readonly hasFences: boolean;
}

/**
 * Writes the changes of a batch to their table, at most five statements: two that look what is there, then fence,
 * delete and upsert. The caller holds the table's turn.
 *
 * @param changes one per key, ascending by key
 * @throws RowError when the database refuses a row
 */
export async function writeChanges(
  transaction: Transaction,
  table: TargetTable,
  changes: readonly Change[],
  { rewrite, hasFences }: WriteOptions,
): Promise<WriteCounts> {
  const statements = statementsFor(table, rewrite);
  try {
    const held = await look(transaction, statements, changes, hasFences);
    const { counts, upserts, deletes } = decide(table, changes, held, rewrite);
    if (deletes.length > 0) {
      // The fence first: an older insert that another writer applies later must find it, or the row comes back.
      const json = deletesJson(deletes);
      await transaction.$executeRawUnsafe(statements.fence, json);
      await transaction.$executeRawUnsafe(statements.remove, json);
    }
    if (upserts.length > 0) await transaction.$executeRawUnsafe(statements.upsert, upsertsJson(upserts));
    return counts;
  } catch (error) {
    throw classifyMysqlError(error);
  }
}

async function look(
  transaction: Transaction,
  statements: TableStatements,
  changes: readonly Change[],
  hasFences: boolean,
): Promise<Held> {
  const rows = new Map<string, HeldRow>();
  const fences = new Map<string, Version>();
  if (changes.length === 0) return { rows, fences };
  const keys = keysJson(changes);
  // One text for each row found: a re-read finds thousands, and every column more is another object to convert.
  for (const { held } of await transaction.$queryRawUnsafe<{ held: string }[]>(statements.rows, keys)) {
    const parts = held.split(' ');
    const fingerprint = parts.pop() ?? '';
    rows.set(parts.shift() ?? '', { version: parts.map(Number), fingerprint });
  }
  if (!hasFences) return { rows, fences };
  for (const { held } of await transaction.$queryRawUnsafe<{ held: string }[]>(statements.fences, keys)) {
    const [key, ...version] = held.split(' ');
    fences.set(key ?? '', version.map(Number));
  }
  return { rows, fences };
}
