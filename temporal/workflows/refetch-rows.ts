import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import { activityOptions } from '../activity-options.ts';
import { taskQueues, type RefetchInput, type RefetchResult, type ReplicaActivities } from '../contract.ts';

const options = { ...activityOptions.snapshot, taskQueue: taskQueues.backfill };
const activities = proxyActivities<ReplicaActivities>(options);

/**
 * Reads single rows of a table from the source: those that Maxwell could not send, or that a repair asks for. Their
 * keys are in etl_refetches, not here: keys are personal data.
 */
export async function refetchRows(input: RefetchInput): Promise<RefetchResult> {
  const place = `${input.database}.${input.table}`;
  setCurrentDetails(`Reading single rows of **${place}** from the source.`);
  const result = await activities.refetchRows.executeWithOptions(
    { ...options, summary: `read single rows of ${place} from the source` },
    [input],
  );
  setCurrentDetails(`Keys of ${place} read: **${result.keys}**; the source has ${result.rows} of them.`);
  return result;
}
