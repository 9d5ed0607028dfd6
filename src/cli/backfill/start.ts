import { randomBytes } from 'node:crypto';
import { toTemporalError } from '../../../temporal/connection.ts';
import {
  backfillWorkflowId,
  searchAttributeKeys,
  taskQueues,
  type ReplayInput,
  type ReplaySink,
} from '../../../temporal/contract.ts';
import type { replayRange } from '../../../temporal/workflows/replay-range.ts';
import { overlaps } from '../../backfill/overlaps.ts';
import type { BackfillPlan } from '../../backfill/types.ts';
import { insertBackfill, recordBackfill } from '../../database/backfills.ts';
import { AlirError, messageOf } from '../../errors/alir-error.ts';
import { getBackfills } from './control.ts';
import type { BackfillPlace } from './place.ts';

export interface RunOptions {
  readonly rewrite: boolean;
  readonly sink: ReplaySink;
  readonly dryRun: boolean;
  readonly maxRowsPerSecond: number | null;
}

/** As large as a live batch may be. */
const pageOffsets = 5_000;

/**
 * Starts what was planned, and returns its id at once.
 *
 * @throws AlirError BACKFILL_OVERLAPS when an open backfill has part of it in hand; TEMPORAL_UNAVAILABLE
 */
export async function startBackfill(
  place: BackfillPlace,
  plan: BackfillPlan,
  options: RunOptions,
): Promise<string> {
  if (plan.via !== 'kafka')
    throw new AlirError('USAGE', `A backfill by way ${plan.via} cannot be run yet.`, {
      remedy:
        'Read the table from the source: alir replica reload TABLE, or only what differs: alir verify --repair',
    });
  const client = await place.temporal();
  // Those that somebody has terminated must not stand in the way.
  await getBackfills(place, { open: true });
  const id = newId();
  const workflowId = backfillWorkflowId(id);
  const row = { id, pipeline: plan.selector.pipeline, via: plan.via, plan, workflowId };
  await insertBackfill<BackfillPlan>(place.database, row, (open) => {
    const overlap = overlaps(plan, open.plan);
    if (overlap !== null)
      throw new AlirError('BACKFILL_OVERLAPS', `The backfill ${open.id} is ${open.state}: ${overlap}`);
  });
  const input: ReplayInput = {
    backfillId: id,
    ranges: plan.ranges.map((range) => ({ ...range, pipeline: plan.selector.pipeline })),
    syncAt: new Date().toISOString(),
    pageOffsets,
    ...options,
  };
  try {
    await client.workflow.start<typeof replayRange>('replayRange', {
      workflowId,
      taskQueue: taskQueues.live,
      args: [input],
      staticSummary: summaryOf(plan, options).slice(0, 200),
      typedSearchAttributes: [
        { key: searchAttributeKeys.Pipeline, value: plan.selector.pipeline },
        { key: searchAttributeKeys.BackfillId, value: id },
        { key: searchAttributeKeys.BackfillState, value: 'running' },
      ],
    });
  } catch (error) {
    await recordBackfill(place.database, id, 'failed', null, `It could not be started: ${messageOf(error)}`);
    throw toTemporalError(place.config, error);
  }
  return id;
}

/** Sorts by time, and can be read out on the telephone: 20261125-083012-7f3a. */
function newId(): string {
  const [day = '', time = ''] = new Date().toISOString().split('T');
  return `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${randomBytes(2).toString('hex')}`;
}

function summaryOf(plan: BackfillPlan, { dryRun }: RunOptions): string {
  const topics = [...new Set(plan.ranges.map(({ topic }) => topic))];
  const where = topics.length > 2 ? `${topics.length} topics` : topics.join(', ');
  return `${dryRun ? 'dry run' : 'replay'} · ${where} · ${plan.rows} offsets`;
}
