import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleHandle,
} from '@temporalio/client';
import { toTemporalError } from '../../../temporal/client/connection.ts';
import { verifyWorkflowId, type ScheduledVerifyInput } from '../../../temporal/contract.ts';
import { registerSearchAttributes } from '../../../temporal/client/search-attributes.ts';
import type { verifyTable } from '../../../temporal/workflows/verify-table.ts';
import { AlirError } from '../../errors/alir-error.ts';
import type { CommandContext } from '../command-context.ts';
import type { ScheduleTimes } from './schedule-times.ts';
import { startOptions } from './verify-one.ts';

/** A schedule, and what its last comparison has found. */
export interface VerifySchedule {
  readonly id: string;
  readonly database: string;
  readonly table: string;
  /** As it was asked for: "every 6h". */
  readonly when: string;
  readonly repair: boolean;
  readonly next: Date | null;
  /** The newest comparison of the table, whoever started it. */
  readonly last: { readonly id: string; readonly state: string; readonly at: Date } | null;
}

const prefix = 'verify/cdc/';

/** What was missed for longer is not made up for: the next comparison sees the same tables. */
const catchupWindow = '10 minutes';

/** `verify/<pipeline>/<table>`: a table has one schedule. */
function scheduleId(table: string): string {
  return `${prefix}${table}`;
}

/**
 * Has a table compared again and again, by whichever worker runs then. A run that has not ended when the next is due
 * takes its place.
 *
 * @throws AlirError SCHEDULE_EXISTS, TEMPORAL_UNAVAILABLE
 */
export async function createSchedule(
  place: CommandContext,
  input: ScheduledVerifyInput,
  { spec, when }: ScheduleTimes,
): Promise<VerifySchedule> {
  const client = await place.temporal();
  const handle = await inTemporal(place, input.table, async () => {
    await registerSearchAttributes(client);
    return client.schedule.create<typeof verifyTable>({
      scheduleId: scheduleId(input.table),
      spec,
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow },
      memo: { when },
      action: {
        type: 'startWorkflow',
        workflowType: 'verifyTable',
        args: [input],
        // Temporal adds the time that the run was due.
        workflowId: verifyWorkflowId({ ...input, id: 'scheduled' }),
        ...startOptions(input),
      },
    });
  });
  return describe(place, handle);
}

/** All schedules, by table. One that was made a moment ago may not be listed yet. */
export async function listSchedules(place: CommandContext): Promise<VerifySchedule[]> {
  const client = await place.temporal();
  const ids = await inTemporal(place, '', async () => {
    const found: string[] = [];
    for await (const { scheduleId: id } of client.schedule.list()) if (id.startsWith(prefix)) found.push(id);
    return found.sort();
  });
  const schedules: VerifySchedule[] = [];
  for (const id of ids) {
    try {
      schedules.push(await describe(place, client.schedule.getHandle(id)));
    } catch (error) {
      // Deleted a moment ago, and still listed.
      if (!(error instanceof AlirError) || error.code !== 'SCHEDULE_MISSING') throw error;
    }
  }
  return schedules;
}

/** @throws AlirError SCHEDULE_MISSING, TEMPORAL_UNAVAILABLE */
export async function deleteSchedule(place: CommandContext, table: string): Promise<void> {
  const client = await place.temporal();
  await inTemporal(place, table, () => client.schedule.getHandle(scheduleId(table)).delete());
}

/**
 * Starts a run at once, unless one is running.
 *
 * @throws AlirError SCHEDULE_MISSING, TEMPORAL_UNAVAILABLE
 */
export async function runSchedule(place: CommandContext, table: string): Promise<void> {
  const client = await place.temporal();
  await inTemporal(place, table, () =>
    client.schedule.getHandle(scheduleId(table)).trigger(ScheduleOverlapPolicy.SKIP),
  );
}

async function describe(place: CommandContext, handle: ScheduleHandle): Promise<VerifySchedule> {
  const table = handle.scheduleId.slice(prefix.length);
  const { action, memo = {}, info } = await inTemporal(place, table, () => handle.describe());
  const [{ database, repair }] = action.args as unknown as [ScheduledVerifyInput];
  const last = await place.database.etlVerification.findFirst({
    where: { sourceDatabase: database, sourceTable: table },
    orderBy: { createdAt: 'desc' },
    select: { id: true, state: true, createdAt: true },
  });
  return {
    id: handle.scheduleId,
    database,
    table,
    when: typeof memo['when'] === 'string' ? memo['when'] : 'see Temporal',
    repair,
    next: info.nextActionTimes[0] ?? null,
    last: last === null ? null : { id: last.id, state: last.state, at: last.createdAt },
  };
}

async function inTemporal<T>(place: CommandContext, table: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning)
      throw new AlirError('SCHEDULE_EXISTS', `${table} has a schedule already.`, {
        remedy: `Delete it first: alir verify schedule delete --table ${table}`,
      });
    if (error instanceof ScheduleNotFoundError)
      throw new AlirError('SCHEDULE_MISSING', `${table} has no schedule.`);
    throw toTemporalError(place.config, error);
  }
}
