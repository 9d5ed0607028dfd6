import { Context } from '@temporalio/activity';
import { hasMaxwellPassed } from '../../src/replica/maxwell-position.ts';
import type { ReplicaActivities } from '../contract.ts';
import type { BackfillWork } from './backfill-work.ts';
import type { SourceResources } from './resources.ts';

const lookEveryMs = 1_000;

/**
 * The activities of `loadTable` and `refetchRows`. They may be tried again at any time: what is still to be read is in
 * the database, and what is applied twice changes nothing.
 */
export function createLoadActivities({ source }: SourceResources, work: BackfillWork): ReplicaActivities {
  return {
    async waitForMaxwell({ waitFor }) {
      while (waitFor !== null && !(await hasMaxwellPassed(source, waitFor))) {
        await Context.current().sleep(lookEveryMs);
      }
    },

    loadRows: (input) => untilAborted((signal) => work.loadRows(input, signal)),

    refetchRows: (input) => untilAborted((signal) => work.refetchRows(input, signal)),
  };
}

/** What stops when it is aborted has not done its work. */
export async function untilAborted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { cancellationSignal } = Context.current();
  const result = await work(cancellationSignal);
  cancellationSignal.throwIfAborted();
  return result;
}
