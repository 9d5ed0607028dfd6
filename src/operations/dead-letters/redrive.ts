import { randomBytes } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { mayHaveArrived, toTemporalError } from '../../../temporal/client/connection.ts';
import { runId, searchAttributeKeys, taskQueues, type BackfillProgress } from '../../../temporal/contract.ts';
import {
  redriveWorkflowId,
  type RedriveInput,
  type RedriveSink,
} from '../../../temporal/redrive-contract.ts';
import type { redriveDeadLetters } from '../../../temporal/workflows/redrive-dead-letters.ts';
import { AlirError, messageOf } from '../../errors/alir-error.ts';
import { plural } from '../../errors/sentences.ts';
import { countLetters, type LetterFilter } from '../../metadata/dead-letters/filter.ts';
import {
  findRedrive,
  insertRedrive,
  listRedrives,
  recordRedrive,
  type RedriveRow,
} from '../../metadata/dead-letters/redrives.ts';
import { openStatuses } from '../../metadata/dead-letters/states.ts';
import type { RedriveCounts } from '../../pipelines/redrive-counts.ts';
import type { CommandContext } from '../command-context.ts';
import { checkedFilter } from './letter-filter.ts';
import type { RedriveRequest } from './redrive-request.ts';

export interface RedriveOptions {
  readonly includeQuarantined: boolean;
  readonly sink: RedriveSink;
  readonly dryRun: boolean;
  readonly maxRowsPerSecond: number | null;
}

const queryWithinMs = 3_000;

/**
 * Starts the redrive that a request asks for; see `startRedrive`.
 *
 * @throws RequestError
 */
export async function startRedriveOf(
  place: CommandContext,
  { includeQuarantined, sink, dryRun, maxRowsPerSecond, ...asked }: RedriveRequest,
): Promise<{ readonly id: string; readonly letters: number } | null> {
  const filter = await checkedFilter(place, asked);
  return startRedrive(place, filter, {
    includeQuarantined,
    sink,
    dryRun,
    maxRowsPerSecond: maxRowsPerSecond ?? null,
  });
}

/**
 * Starts to load the letters that a filter means once more, and returns at once.
 *
 * @returns its id, and how many letters match; null: none does
 * @throws AlirError TEMPORAL_UNAVAILABLE, MYSQL_*
 */
export async function startRedrive(
  { config, database, temporal }: CommandContext,
  given: LetterFilter,
  { includeQuarantined, sink, dryRun, maxRowsPerSecond }: RedriveOptions,
): Promise<{ readonly id: string; readonly letters: number } | null> {
  const statuses = openStatuses.filter((status) => includeQuarantined || status !== 'quarantined');
  const filter = { ...given, statuses };
  const letters = await countLetters(database, filter);
  if (letters === 0) return null;
  const client = await temporal();
  const id = runId(new Date(), randomBytes(2).toString('hex'));
  const workflowId = redriveWorkflowId(id);
  await insertRedrive(database, { id, filter, dryRun, letters, workflowId });
  const input: RedriveInput = {
    redriveId: id,
    letters,
    syncAt: new Date().toISOString(),
    sink,
    dryRun,
    mostAttempts: config.settings.ALIR_REDRIVE_ATTEMPTS,
    maxRowsPerSecond,
  };
  const { Pipeline, BackfillId, BackfillState } = searchAttributeKeys;
  try {
    await client.workflow.start<typeof redriveDeadLetters>('redriveDeadLetters', {
      workflowId,
      taskQueue: taskQueues.live,
      args: [input],
      staticSummary: `${dryRun ? 'dry run of a redrive' : 'redrive'} · ${plural(letters, 'dead letter')}`,
      typedSearchAttributes: [
        ...(given.pipeline === undefined ? [] : [{ key: Pipeline, value: given.pipeline }]),
        { key: BackfillId, value: id },
        { key: BackfillState, value: 'running' },
      ],
    });
  } catch (error) {
    if (!mayHaveArrived(error))
      await recordRedrive(database, id, 'failed', null, `It could not be started: ${messageOf(error)}`);
    throw toTemporalError(config, error);
  }
  return { id, letters };
}

/**
 * One redrive, its state put right if its workflow has ended without a word.
 *
 * @throws AlirError REDRIVE_MISSING, TEMPORAL_UNAVAILABLE
 */
export async function getRedrive(place: CommandContext, id: string): Promise<RedriveRow> {
  const row = await findRedrive(place.database, id);
  if (row === null) throw new AlirError('REDRIVE_MISSING', `There is no redrive ${id}.`);
  if (row.finishedAt !== null) return row;
  const status = await statusOf(place, row);
  if (status === 'RUNNING' || status === 'COMPLETED') return row;
  const reason = `Its workflow has ended: ${status.toLowerCase().replaceAll('_', ' ')}.`;
  await recordRedrive(place.database, id, 'failed', row.counts, reason);
  return { ...row, state: 'failed', reason };
}

/** The newest redrives first. */
export function getRedrives({ database }: CommandContext, limit: number): Promise<RedriveRow[]> {
  return listRedrives(database, limit);
}

/** How far a redrive has come; null when its workflow does not answer, since no worker runs. */
export async function redriveProgress(
  place: CommandContext,
  { workflowId }: RedriveRow,
): Promise<BackfillProgress<RedriveCounts> | null> {
  const client = await place.temporal();
  const handle = client.workflow.getHandle(workflowId);
  return client
    .withDeadline(Date.now() + queryWithinMs, () =>
      handle.query<BackfillProgress<RedriveCounts>>('backfillProgress'),
    )
    .catch(() => null);
}

/**
 * Tells a running redrive something.
 *
 * @throws AlirError REDRIVE_MISSING, REDRIVE_ENDED, TEMPORAL_UNAVAILABLE
 */
export async function signalRedrive(
  place: CommandContext,
  id: string,
  signal: 'pauseBackfill' | 'resumeBackfill' | 'cancelBackfill' | 'setBackfillRate',
  ...args: unknown[]
): Promise<void> {
  const row = await getRedrive(place, id);
  if (row.finishedAt !== null || row.state === 'failed')
    throw new AlirError('REDRIVE_ENDED', `The redrive ${id} is ${row.state}.`);
  try {
    await (await place.temporal()).workflow.getHandle(row.workflowId).signal(signal, ...args);
  } catch (error) {
    throw toTemporalError(place.config, error);
  }
}

async function statusOf({ config, temporal }: CommandContext, row: RedriveRow): Promise<string> {
  try {
    const client = await temporal();
    return (await client.workflow.getHandle(row.workflowId).describe()).status.name;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw toTemporalError(config, error);
    // It is being started.
    return Date.now() - row.createdAt.getTime() < 60_000 ? 'RUNNING' : 'UNKNOWN_TO_TEMPORAL';
  }
}
