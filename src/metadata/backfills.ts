import type { BatchCounts } from '../pipelines/counts.ts';
import type { Key } from '../pipelines/pipeline.ts';
import type { Database } from '../mysql/connection.ts';
import { countedBy } from './backfill-cursor.ts';
import { inTransaction } from '../mysql/transaction.ts';

/** A backfill as the bookkeeping knows it. Its progress is in its workflow and in etl_batches. */
export interface BackfillRow<Plan = unknown> {
  readonly id: string;
  readonly pipeline: string;
  readonly via: string;
  /** 'running', 'paused', 'completed', 'cancelled' or 'failed'. */
  readonly state: string;
  readonly reason: string | null;
  readonly plan: Plan;
  readonly counts: BatchCounts | null;
  readonly workflowId: string;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** What the plan of a backfill says of keys (src/backfill/types.ts): both ends belong to it. */
export interface PlannedKeys {
  readonly selector: { readonly keys: { readonly low: Key | null; readonly high: Key | null } | null };
}

const openStates = ['running', 'paused'];

/**
 * Writes down a backfill that is about to start. Two that are started at once see each other: the open ones are read
 * with locks in the same transaction.
 *
 * @param refuse asked about every open one; throws if the two cannot run side by side
 */
export async function insertBackfill<Plan>(
  database: Database,
  row: Pick<BackfillRow<Plan>, 'id' | 'pipeline' | 'via' | 'plan' | 'workflowId'>,
  refuse: (open: Pick<BackfillRow<Plan>, 'id' | 'state' | 'plan'>) => void,
): Promise<void> {
  await inTransaction(database, async (transaction) => {
    const open = await transaction.$queryRawUnsafe<{ id: string; state: string; plan: Plan }[]>(
      `SELECT id, state, plan FROM etl_backfills WHERE state IN ('${openStates.join("', '")}') FOR UPDATE`,
    );
    open.forEach(refuse);
    await transaction.$executeRawUnsafe(
      'INSERT INTO etl_backfills (id, pipeline, via, state, plan, workflow_id, created_at, updated_at) ' +
        "VALUES (?, ?, ?, 'running', ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
      row.id,
      row.pipeline,
      row.via,
      JSON.stringify(row.plan),
      row.workflowId,
    );
  });
}

/**
 * Writes down what has become of a backfill. An end is final.
 *
 * @param counts what its workflow has heard of; one from the source has counted more where its last slice failed
 */
export async function recordBackfill(
  database: Database,
  id: string,
  state: string,
  counts: BatchCounts | null,
  reason: string | null,
): Promise<void> {
  const { via } = (await database.etlBackfill.findUnique({ where: { id }, select: { via: true } })) ?? {};
  const counted = via === 'source' ? await countedBy(database, id) : counts;
  await database.$executeRawUnsafe(
    'UPDATE etl_backfills SET state = ?, counts = ?, reason = ?, updated_at = UTC_TIMESTAMP(6), ' +
      'finished_at = IF(?, NULL, UTC_TIMESTAMP(6)) WHERE id = ? AND finished_at IS NULL',
    state,
    counted === null ? null : JSON.stringify(counted),
    reason?.slice(0, 1024) ?? null,
    openStates.includes(state) ? 1 : 0,
    id,
  );
}

/** One backfill; null: there is none of this id. */
export async function findBackfill<Plan>(database: Database, id: string): Promise<BackfillRow<Plan> | null> {
  const row = await database.etlBackfill.findUnique({ where: { id } });
  return row as BackfillRow<Plan> | null;
}

/** The newest backfills first; only those that have not ended, if asked. */
export async function listBackfills<Plan>(
  database: Database,
  options: { readonly open?: boolean; readonly limit?: number } = {},
): Promise<BackfillRow<Plan>[]> {
  const rows = await database.etlBackfill.findMany({
    ...(options.open ? { where: { state: { in: openStates } } } : {}),
    orderBy: { createdAt: 'desc' },
    ...(options.limit === undefined ? {} : { take: options.limit }),
  });
  return rows as unknown as BackfillRow<Plan>[];
}
