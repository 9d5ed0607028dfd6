import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import type { BackfillProgress } from '../../../temporal/contract.ts';
import { toTemporalError } from '../../../temporal/client/connection.ts';
import type { BackfillPlan } from '../../backfill/types.ts';
import { findBackfill, listBackfills, recordBackfill, type BackfillRow } from '../../metadata/backfills.ts';
import { AlirError } from '../../errors/alir-error.ts';
import type { CommandContext } from '../command-context.ts';

export type Backfill = BackfillRow<BackfillPlan>;

export interface BackfillSummary extends Omit<Backfill, 'plan' | 'workflowId'> {
  /** As planned. */
  readonly offsets: number;
}

/** Workflows that end by themselves write their state down; these statuses mean that somebody ended one. */
const endedByOthers: Readonly<Record<string, string>> = {
  TERMINATED: 'Its workflow was terminated.',
  TIMED_OUT: 'Its workflow timed out.',
  FAILED: 'Its workflow failed.',
  CANCELLED: 'Its workflow was cancelled.',
  UNKNOWN: 'Temporal does not know its workflow: it has never started, or its history is gone.',
};

const queryWithinMs = 3_000;

/**
 * One backfill, its state put right if its workflow has ended without a word.
 *
 * @throws AlirError BACKFILL_MISSING, TEMPORAL_UNAVAILABLE
 */
export async function getBackfill(place: CommandContext, id: string): Promise<Backfill> {
  const row = await findBackfill<BackfillPlan>(place.database, id);
  if (row === null) throw new AlirError('BACKFILL_MISSING', `There is no backfill ${id}.`);
  return isOpen(row) ? reconcile(place, row) : row;
}

/** The newest backfills first. */
export async function getBackfills(
  place: CommandContext,
  options: { readonly open?: boolean; readonly limit?: number },
): Promise<Backfill[]> {
  const rows = await listBackfills<BackfillPlan>(place.database, options);
  return Promise.all(rows.map(async (row) => (isOpen(row) ? reconcile(place, row) : row)));
}

/** How far a backfill has come; null when its workflow does not answer, since no worker runs. */
export async function progressOf(place: CommandContext, row: Backfill): Promise<BackfillProgress | null> {
  const client = await place.temporal();
  const handle = client.workflow.getHandle(row.workflowId);
  return client
    .withDeadline(Date.now() + queryWithinMs, () => handle.query<BackfillProgress>('backfillProgress'))
    .catch(() => null);
}

/**
 * Tells an open backfill something.
 *
 * @throws AlirError BACKFILL_MISSING, BACKFILL_ENDED, TEMPORAL_UNAVAILABLE
 */
export async function signalBackfill(
  place: CommandContext,
  id: string,
  signal: 'pauseBackfill' | 'resumeBackfill' | 'cancelBackfill' | 'setBackfillRate',
  ...args: unknown[]
): Promise<void> {
  const row = await getBackfill(place, id);
  if (!isOpen(row)) throw new AlirError('BACKFILL_ENDED', `The backfill ${id} is ${row.state}.`);
  await ask(place, row, (handle) => handle.signal(signal, ...args));
}

/** What callers are told about a backfill. */
export function summaryOf({ plan, ...row }: Backfill): BackfillSummary {
  const { id, pipeline, via, state, reason, counts, createdAt, finishedAt } = row;
  return { id, pipeline, via, state, reason, counts, offsets: plan.rows, createdAt, finishedAt };
}

/** Whether it has not ended. */
export function isOpen({ state }: Pick<Backfill, 'state'>): boolean {
  return state === 'running' || state === 'paused';
}

async function reconcile(place: CommandContext, row: Backfill): Promise<Backfill> {
  let status = 'UNKNOWN';
  try {
    const client = await place.temporal();
    status = (await client.workflow.getHandle(row.workflowId).describe()).status.name;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw toTemporalError(place.config, error);
    if (Date.now() - row.createdAt.getTime() < 60_000) return row; // it is being started
  }
  const reason = endedByOthers[status];
  if (reason === undefined) return row;
  const state = status === 'CANCELLED' ? 'cancelled' : 'failed';
  await recordBackfill(place.database, row.id, state, row.counts, reason);
  return { ...row, state, reason };
}

async function ask<T>(
  place: CommandContext,
  row: Backfill,
  question: (handle: WorkflowHandle) => Promise<T>,
): Promise<T> {
  try {
    const client = await place.temporal();
    return await question(client.workflow.getHandle(row.workflowId));
  } catch (error) {
    throw toTemporalError(place.config, error);
  }
}
