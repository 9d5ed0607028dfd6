import type { Database } from '../../mysql/connection.ts';
import type { RedriveCounts } from '../../pipelines/redrive-counts.ts';
import type { LetterFilter } from './filter.ts';

/** A redrive as the bookkeeping knows it. */
export interface RedriveRow {
  readonly id: string;
  /** 'running', 'paused', 'completed', 'cancelled' or 'failed'. */
  readonly state: string;
  readonly filter: LetterFilter;
  /** Nothing was changed: its counts are what would have become of the letters. */
  readonly dryRun: boolean;
  /** How many letters matched when it was started. */
  readonly letters: number;
  /** Null until it has ended. */
  readonly counts: RedriveCounts | null;
  readonly reason: string | null;
  readonly workflowId: string;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** Writes down a redrive that is about to start. */
export async function insertRedrive(
  database: Database,
  {
    id,
    filter,
    dryRun,
    letters,
    workflowId,
  }: Pick<RedriveRow, 'id' | 'filter' | 'dryRun' | 'letters' | 'workflowId'>,
): Promise<void> {
  await database.$executeRawUnsafe(
    'INSERT INTO etl_redrives (id, state, filter, dry_run, letters, workflow_id, created_at) ' +
      "VALUES (?, 'running', ?, ?, ?, ?, UTC_TIMESTAMP(6))",
    id,
    JSON.stringify(filter),
    dryRun,
    letters,
    workflowId,
  );
}

/** Writes down what has become of a redrive. An end is final. */
export async function recordRedrive(
  database: Database,
  id: string,
  state: string,
  counts: RedriveCounts | null,
  reason: string | null,
): Promise<void> {
  await database.$executeRawUnsafe(
    'UPDATE etl_redrives SET state = ?, counts = ?, reason = ?, finished_at = IF(?, NULL, UTC_TIMESTAMP(6)) ' +
      'WHERE id = ? AND finished_at IS NULL',
    state,
    counts === null ? null : JSON.stringify(counts),
    reason?.slice(0, 1024) ?? null,
    state === 'running' || state === 'paused' ? 1 : 0,
    id,
  );
}

/** One redrive; null: there is none of this id. */
export async function findRedrive(database: Database, id: string): Promise<RedriveRow | null> {
  const row = await database.etlRedrive.findUnique({ where: { id } });
  return row && toRow(row);
}

/** The newest redrives first. */
export async function listRedrives(database: Database, limit: number): Promise<RedriveRow[]> {
  const rows = await database.etlRedrive.findMany({ orderBy: { createdAt: 'desc' }, take: limit });
  return rows.map(toRow);
}

type Stored = Omit<RedriveRow, 'filter' | 'counts'> & {
  readonly filter: string;
  readonly counts: string | null;
};

function toRow({ filter, counts, ...row }: Stored): RedriveRow {
  return {
    ...row,
    filter: JSON.parse(filter) as LetterFilter,
    counts: counts === null ? null : (JSON.parse(counts) as RedriveCounts),
  };
}
