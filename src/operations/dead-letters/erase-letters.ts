import { forget } from '../../metadata/dead-letters/prune-letters.ts';
import { hashOfKey } from '../../metadata/key-hash.ts';
import type { Database } from '../../mysql/connection.ts';
import { keyText } from '../../pipelines/packed-outcome.ts';
import type { Key } from '../../pipelines/pipeline.ts';

export interface Erasing {
  readonly pipeline: string;
  /** The columns of one key, in the order of the table. */
  readonly key: Key;
  /** Target table as the bookkeeping names it; absent: any. */
  readonly table?: string;
  readonly dryRun: boolean;
}

/** Letters of one statement. */
const mostLetters = 500;

/**
 * Deletes the letters of one key for good, whatever their state, with what was noted of them: those that tell their row,
 * and those whose record has that key. Kafka keeps its copies until its own retention.
 *
 * @returns how many; in a dry run, how many it would be
 * @throws AlirError MYSQL_*
 */
export async function eraseLetters(
  database: Database,
  { pipeline, key, table, dryRun }: Erasing,
): Promise<number> {
  const texts = [keyText(key), ...(key.length === 1 ? key : [])];
  const inTable = table === undefined ? '' : 'AND (target_table = ? OR target_table IS NULL) ';
  const some =
    `FROM etl_dead_letters WHERE pipeline = ? ${inTable}AND (key_hash = UNHEX(?) ` +
    `OR key_bytes IN (${texts.map(() => '?').join(', ')}))`;
  const values = [
    pipeline,
    ...(table === undefined ? [] : [table]),
    hashOfKey(keyText(key)),
    ...texts.map((text) => Buffer.from(text)),
  ];
  if (dryRun) {
    const [row] = await database.$queryRawUnsafe<{ n: bigint }[]>(`SELECT COUNT(*) AS n ${some}`, ...values);
    return Number(row?.n ?? 0);
  }
  for (let erased = 0; ;) {
    const rows = await database.$queryRawUnsafe<{ id: bigint }[]>(
      `SELECT id ${some} LIMIT ${mostLetters}`,
      ...values,
    );
    const gone = await forget(
      database,
      rows.map(({ id }) => id),
    );
    erased += gone;
    if (rows.length < mostLetters || gone === 0) return erased;
  }
}
