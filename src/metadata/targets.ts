import type { TargetTable } from '../pipelines/pipeline.ts';
import type { Transaction } from '../mysql/connection.ts';

/** How the bookkeeping names a target: `orders`, or `app_olap.orders` for a table of another database. */
export function targetName({ database, name }: Pick<TargetTable, 'database' | 'name'>): string {
  return database === undefined ? name : `${database}.${name}`;
}

/**
 * Locks the table's row in etl_targets until the transaction ends, so that writers of one table take turns: without
 * it the gap locks of three partitions' batches deadlock (docs/decisions/2026-11-23-writers-take-turns.md).
 */
export async function lockTarget(
  transaction: Transaction,
  table: Pick<TargetTable, 'database' | 'name'>,
  pipeline: string,
): Promise<void> {
  await transaction.$executeRawUnsafe(
    'INSERT INTO etl_targets (target_table, pipeline, sequence, created_at) VALUES (?, ?, 0, UTC_TIMESTAMP(6)) ' +
      'ON DUPLICATE KEY UPDATE target_table = etl_targets.target_table',
    targetName(table),
    pipeline,
  );
}

/** The next number of the table's rising sequence: it orders what is read from the source at the same end of its topic. */
export async function nextInSequence(
  transaction: Transaction,
  table: TargetTable,
  pipeline: string,
): Promise<number> {
  await lockTarget(transaction, table, pipeline);
  const name = targetName(table);
  await transaction.$executeRawUnsafe(
    'UPDATE etl_targets SET sequence = sequence + 1 WHERE target_table = ?',
    name,
  );
  const [row] = await transaction.$queryRawUnsafe<{ sequence: bigint }[]>(
    'SELECT sequence FROM etl_targets WHERE target_table = ?',
    name,
  );
  return Number(row?.sequence);
}

/** Adds to the number of changes of a key that left the row with the former key where it was. */
export async function countKeysLeft(
  transaction: Transaction,
  table: TargetTable,
  count: number,
): Promise<void> {
  await transaction.$executeRawUnsafe(
    'UPDATE etl_targets SET keys_left = keys_left + ? WHERE target_table = ?',
    count,
    targetName(table),
  );
}
