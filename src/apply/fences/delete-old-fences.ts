import type { Database } from '../../mysql/connection.ts';
import { byPrimaryKey } from '../../mysql/key-index.ts';
import { inTransaction } from '../../mysql/transaction.ts';
import { targetName, lockTarget } from '../../metadata/targets.ts';
import type { TargetTable } from '../../pipelines/pipeline.ts';

/** A position in the life of a topic with one partition. */
export interface TopicPosition {
  readonly epoch: number;
  readonly offset: number;
}

/** Fences of a replica's table that stay: those at this position and above. */
export interface FenceFloor {
  readonly table: Pick<TargetTable, 'database' | 'name'>;
  readonly pipeline: string;
  readonly floor: TopicPosition;
}

/** Rows of one statement at most. */
const chunkRows = 10_000;

/**
 * Deletes the fences of a replica's table below a position, keys and ranges alike, in chunks.
 *
 * @returns how many went
 * @throws AlirError MYSQL_*
 */
export async function deleteFencesBelow(
  database: Database,
  { table, pipeline, floor }: FenceFloor,
  rowsAtMost = chunkRows,
): Promise<number> {
  const name = targetName(table);
  let deleted = 0;
  let after: FenceKey | null = null;
  for (;;) {
    const found: FenceKey[] = await fencesBelow(database, name, floor, after, rowsAtMost);
    if (found.length === 0) return deleted;
    deleted += await inTransaction(database, async (transaction) => {
      await lockTarget(transaction, table, pipeline);
      return transaction.$executeRawUnsafe(
        "DELETE f FROM (SELECT * FROM JSON_TABLE(?, '$[*]' COLUMNS (hash VARCHAR(32) PATH '$')) j) t " +
          `STRAIGHT_JOIN etl_fences f ${byPrimaryKey} ON f.target_table = ? AND f.kind IN ('key', 'range') ` +
          'AND f.key_hash = UNHEX(t.hash) ' +
          // Once more: a fence may have risen since it was found.
          'WHERE f.v1 < ? OR (f.v1 = ? AND f.v2 < ?)',
        JSON.stringify(found.map(({ hash }) => hash)),
        name,
        floor.epoch,
        floor.epoch,
        floor.offset,
      );
    });
    after = found.at(-1) ?? null;
  }
}

interface FenceKey {
  readonly kind: string;
  readonly hash: string;
}

/**
 * Looks without locking, so that writers of the table wait for the deletion of known keys only, never for a search; in
 * the order of the primary key, so that the search goes through the table's fences once.
 */
async function fencesBelow(
  database: Database,
  name: string,
  floor: TopicPosition,
  after: FenceKey | null,
  limit: number,
): Promise<FenceKey[]> {
  return database.$queryRawUnsafe<FenceKey[]>(
    `SELECT kind, HEX(key_hash) AS hash FROM etl_fences ${byPrimaryKey} WHERE target_table = ? ` +
      'AND (v1 < ? OR (v1 = ? AND v2 < ?)) AND (kind > ? OR (kind = ? AND key_hash > UNHEX(?))) ' +
      'ORDER BY kind, key_hash LIMIT ?',
    name,
    floor.epoch,
    floor.epoch,
    floor.offset,
    after?.kind ?? '',
    after?.kind ?? '',
    after?.hash ?? '',
    limit,
  );
}
