import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { activityOptions } from '../activity-options.ts';
import {
  loadWorkflowId,
  taskQueues,
  runId,
  type LoadTableInput,
  type ScheduledVerifyInput,
  type VerifyActivities,
  type VerifyTableInput,
  type VerifyTableResult,
} from '../contract.ts';
import type { loadTable } from './load-table.ts';

const options = { ...activityOptions.snapshot, taskQueue: taskQueues.backfill };
const { beginComparison, compareRows, compareKeys, startRepair, isLoaded } =
  proxyActivities<VerifyActivities>(options);

const lookFirstAfterMs = 500;
const lookAtLeastEveryMs = 30_000;

/**
 * Compares a source table with its replica, and with `repair` makes them equal and compares again. What is found is
 * kept in etl_verifications, not here: keys are personal data.
 */
export async function verifyTable(
  asked: VerifyTableInput | ScheduledVerifyInput,
): Promise<VerifyTableResult> {
  const input = 'id' in asked ? asked : { ...asked, id: ownId() };
  const found = await compareAll(input);
  if (!input.repair || found.state !== 'different') return found;
  const repair = await startRepair.executeWithOptions({ ...options, summary: 'repair what differs' }, [
    input,
  ]);
  if (repair.kind === 'none') return tell({ ...found, reason: repair.reason });
  if (repair.kind === 'load') {
    await load(input, repair.load);
    return compareAll(input);
  }
  return tell(
    await compareKeys.executeWithOptions({ ...options, summary: 'compare the repaired rows' }, [input]),
  );
}

/** The same after a reset or a replay. */
function ownId(): string {
  const { startTime, firstExecutionRunId } = workflowInfo();
  return runId(startTime, firstExecutionRunId.slice(-4));
}

async function compareAll(input: VerifyTableInput): Promise<VerifyTableResult> {
  const summary = `compare ${input.database}.${input.table} with its replica`;
  await beginComparison.executeWithOptions({ ...options, summary: 'write down the beginning' }, [input]);
  let result: VerifyTableResult;
  do result = tell(await compareRows.executeWithOptions({ ...options, summary }, [input]));
  while (result.state === 'running');
  return result;
}

/**
 * Runs the load that the repair has asked for, or waits for it where it runs already: `alir run` starts every load that
 * is asked for, but perhaps only a worker runs.
 */
async function load(verification: VerifyTableInput, number: number): Promise<void> {
  const { database, table } = verification;
  const input: LoadTableInput = { database, table, load: number, waitFor: null };
  setCurrentDetails('Reading the whole table again.');
  try {
    await executeChild<typeof loadTable>('loadTable', {
      args: [input],
      workflowId: loadWorkflowId(input),
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `read ${database}.${table} again, as a repair`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  for (let pause = lookFirstAfterMs; ; pause = Math.min(2 * pause, lookAtLeastEveryMs)) {
    if (await isLoaded.executeWithOptions({ ...options, summary: 'has it been read?' }, [verification]))
      return;
    await sleep(pause);
  }
}

function tell(result: VerifyTableResult): VerifyTableResult {
  const { state, rows, missing, surplus, different, reason } = result;
  const lines = [
    `**${state}**; rows of the source compared: ${rows}`,
    '',
    '| in the replica | rows |',
    '|---|---:|',
    `| missing | ${missing} |`,
    `| surplus | ${surplus} |`,
    `| different | ${different} |`,
  ];
  setCurrentDetails([...lines, ...(reason === null ? [] : ['', reason])].join('\n'));
  return result;
}
