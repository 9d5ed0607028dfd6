import type { BatchCounts } from '../../pipelines/counts.ts';
import type { Key } from '../../pipelines/pipeline.ts';
import type { Database } from '../../mysql/connection.ts';

/** A chunk of a table that Maxwell is, or was, asked for. */
export interface AskedChunk {
  /** Counted through the table, from 0 on. */
  readonly number: number;
  /** Of the first chunk it belongs to it. */
  readonly low: Key | null;
  readonly high: Key | null;
  readonly isLast: boolean;
  /** Where the partitions of the table's topic ended before Maxwell was asked. */
  readonly from: readonly number[];
  /** Of the row in Maxwell's table; null: it has not been inserted yet, or nobody has written down that it was. */
  readonly bootstrap: number | null;
  /** What became of its rows; null: it is not over. */
  readonly counts: BatchCounts | null;
}

/** Which table of which backfill. */
export interface ChunkPlace {
  readonly backfillId: string;
  readonly database: string;
  readonly table: string;
}

/** The last chunk of a table that was asked for; null: none yet. */
export async function readAskedChunk(
  database: Database,
  { backfillId, database: sourceDatabase, table: sourceTable }: ChunkPlace,
): Promise<AskedChunk | null> {
  const row = await database.etlBackfillSource.findUnique({
    where: { backfillId_sourceDatabase_sourceTable: { backfillId, sourceDatabase, sourceTable } },
    select: { askedChunk: true },
  });
  return row?.askedChunk == null ? null : (JSON.parse(row.askedChunk) as AskedChunk);
}

/** Writes down how a chunk stands. */
export async function writeAskedChunk(
  database: Database,
  { backfillId, database: sourceDatabase, table: sourceTable }: ChunkPlace,
  chunk: AskedChunk,
): Promise<void> {
  const now = { askedChunk: JSON.stringify(chunk), updatedAt: new Date() };
  await database.etlBackfillSource.upsert({
    where: { backfillId_sourceDatabase_sourceTable: { backfillId, sourceDatabase, sourceTable } },
    create: { backfillId, sourceDatabase, sourceTable, ...now },
    update: now,
  });
}
