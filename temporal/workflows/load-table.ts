import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import { activityOptions } from '../activity-options.ts';
import {
  taskQueues,
  type LoadTableInput,
  type LoadTableResult,
  type ReplicaActivities,
} from '../contract.ts';

const options = { ...activityOptions.snapshot, taskQueue: taskQueues.backfill };
const { waitForMaxwell, loadRows } = proxyActivities<ReplicaActivities>(options);

/**
 * Reads a table from the source into its replica, chunk by chunk in the order of its key. The progress is kept in
 * etl_replica_tables, not here: keys are personal data.
 */
export async function loadTable(input: LoadTableInput): Promise<LoadTableResult> {
  const place = `${input.database}.${input.table}`;
  if (input.waitFor !== null) {
    setCurrentDetails(`Waiting until Maxwell has passed **${input.waitFor}**.`);
    await waitForMaxwell.executeWithOptions(
      { ...options, summary: `until Maxwell has passed ${input.waitFor}` },
      [input],
    );
  }
  setCurrentDetails(`Reading **${place}** from the source.`);
  const result = await loadRows.executeWithOptions({ ...options, summary: `read ${place} from the source` }, [
    input,
  ]);
  setCurrentDetails(`Rows of ${place} read: **${result.rows}**; chunks: ${result.chunks}.`);
  return result;
}
