import { randomBytes } from 'node:crypto';
import { mayHaveArrived, toTemporalError } from '../../../temporal/client/connection.ts';
import {
  backfillWorkflowId,
  searchAttributeKeys,
  taskQueues,
  type BackfillTableInput,
  type ReplayInput,
  type ReplaySink,
  runId,
} from '../../../temporal/contract.ts';
import type { backfillTable } from '../../../temporal/workflows/backfill-table.ts';
import type { replayRange } from '../../../temporal/workflows/replay-range.ts';
import { overlaps } from '../../backfill/overlaps.ts';
import type { BackfillPlan } from '../../backfill/types.ts';
import { insertBackfill, recordBackfill } from '../../metadata/backfills.ts';
import { removalLimitOf } from '../../replica/removal-limit.ts';
import { AlirError, messageOf } from '../../errors/alir-error.ts';
import { plural } from '../../errors/sentences.ts';
import { getBackfills } from './control.ts';
import type { CommandContext } from '../command-context.ts';

export interface RunOptions {
  readonly rewrite: boolean;
  readonly sink: ReplaySink;
  readonly dryRun: boolean;
  readonly maxRowsPerSecond: number | null;
  readonly allowDeletes: boolean;
}

/** As large as a live batch may be. */
const pageOffsets = 5_000;

/**
 * Starts what was planned, and returns its id at once.
 *
 * @throws AlirError BACKFILL_OVERLAPS when an open backfill has part of it in hand; TEMPORAL_UNAVAILABLE
 */
export async function startBackfill(
  place: CommandContext,
  plan: BackfillPlan,
  options: RunOptions,
): Promise<string> {
  checkOptions(plan, options);
  const client = await place.temporal();
  // Those that somebody has terminated must not stand in the way.
  await getBackfills(place, { open: true });
  const id = runId(new Date(), randomBytes(2).toString('hex'));
  const workflowId = backfillWorkflowId(id);
  const row = { id, pipeline: plan.selector.pipeline, via: plan.via, plan, workflowId };
  await insertBackfill<BackfillPlan>(place.database, row, (open) => {
    const overlap = overlaps(plan, open.plan);
    if (overlap !== null)
      throw new AlirError('BACKFILL_OVERLAPS', `The backfill ${open.id} is ${open.state}: ${overlap}`);
  });
  const start = {
    workflowId,
    taskQueue: taskQueues.live,
    staticSummary: summaryOf(plan, options).slice(0, 200),
    typedSearchAttributes: [
      { key: searchAttributeKeys.Pipeline, value: plan.selector.pipeline },
      { key: searchAttributeKeys.BackfillId, value: id },
      { key: searchAttributeKeys.BackfillState, value: 'running' },
    ],
  };
  try {
    if (plan.via === 'kafka') {
      const args: [ReplayInput] = [replayOf(id, plan, options)];
      await client.workflow.start<typeof replayRange>('replayRange', { ...start, args });
    } else {
      const args: [BackfillTableInput] = [await readingOf(place, id, plan, options)];
      await client.workflow.start<typeof backfillTable>('backfillTable', { ...start, args });
    }
  } catch (error) {
    // One that may run nevertheless stays open: whoever looks next asks Temporal.
    if (!mayHaveArrived(error))
      await recordBackfill(
        place.database,
        id,
        'failed',
        null,
        `It could not be started: ${messageOf(error)}`,
      );
    throw toTemporalError(place.config, error);
  }
  return id;
}

function replayOf(id: string, plan: BackfillPlan, options: RunOptions): ReplayInput {
  const { rewrite, sink, dryRun, maxRowsPerSecond } = options;
  return {
    backfillId: id,
    ranges: plan.ranges.map((range) => ({ ...range, pipeline: plan.selector.pipeline })),
    syncAt: new Date().toISOString(),
    pageOffsets,
    rewrite,
    sink,
    dryRun,
    maxRowsPerSecond,
  };
}

async function readingOf(
  { config, database }: CommandContext,
  id: string,
  plan: BackfillPlan,
  { maxRowsPerSecond, allowDeletes }: RunOptions,
): Promise<BackfillTableInput> {
  const prefix = `${config.source.database}.`;
  const tables = plan.sources.map((name) => ({
    database: config.source.database,
    table: name.slice(prefix.length),
  }));
  if (plan.via === 'maxwell')
    return { backfillId: id, tables, rows: plan.rows, maxRowsPerSecond, mostDeletes: null, via: 'maxwell' };
  const asked = { backfillId: id, rows: plan.rows, maxRowsPerSecond };
  if (allowDeletes) return { ...asked, tables, mostDeletes: null };
  const replica = config.settings.MYSQL_REPLICA_DATABASE;
  const limits = await Promise.all(tables.map(({ table }) => removalLimitOf(database, replica, table)));
  return {
    ...asked,
    tables: tables.map((name, index) => ({ ...name, mostDeletes: limits[index]! })),
    // For workers of an earlier build, which know one limit only.
    mostDeletes: Math.min(...limits),
  };
}

function checkOptions({ via }: BackfillPlan, { dryRun, sink }: RunOptions): void {
  if (via === 'kafka') return;
  const whence = via === 'source' ? 'from the source' : 'through Maxwell';
  if (dryRun)
    throw new AlirError('USAGE', `A backfill ${whence} has no dry run.`, {
      remedy: 'alir verify compares the table with the source and changes nothing.',
    });
  if (sink !== 'table')
    throw new AlirError('USAGE', `A backfill ${whence} writes only to the table, not to ${sink}.`, {
      remedy: 'Leave --sink out.',
    });
}

function summaryOf(plan: BackfillPlan, { dryRun }: RunOptions): string {
  const tables = `${plan.sources.join(', ')} · about ${plural(plan.rows, 'row')}`;
  if (plan.via === 'source') return `from the source · ${tables}`;
  if (plan.via === 'maxwell') return `through Maxwell · ${tables}`;
  const topics = [...new Set(plan.ranges.map(({ topic }) => topic))];
  const where = topics.length > 2 ? `${topics.length} topics` : topics.join(', ');
  return `${dryRun ? 'dry run' : 'replay'} · ${where} · ${plural(plan.rows, 'offset')}`;
}
