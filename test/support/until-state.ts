import type { WorkflowHandle } from '@temporalio/client';
import type { BackfillProgress, BackfillState } from '../../temporal/contract.ts';

/** Resolves when a backfill or a redrive is in a state. */
export async function untilState(handle: WorkflowHandle, state: BackfillState): Promise<void> {
  for (;;) {
    const progress = await handle.query<BackfillProgress<unknown>>('backfillProgress');
    if (progress.state === state) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
