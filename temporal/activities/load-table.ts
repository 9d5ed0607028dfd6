import { Context } from '@temporalio/activity';
import type {
  LoadTableInput,
  LoadTableResult,
  RefetchInput,
  RefetchResult,
  ReplicaActivities,
} from '../contract.ts';

/** What the activities need of the world outside; the worker, as composition root, supplies it. */
export interface LoadDependencies {
  /** Whether Maxwell has passed a position of the binlog. */
  readonly hasPassed: (position: string) => Promise<boolean>;
  /** Reads a table from where its load stands to its end. */
  readonly loadRows: (input: LoadTableInput, signal: AbortSignal) => Promise<LoadTableResult>;
  /** Reads the rows of a table that are asked for. */
  readonly refetchRows: (input: RefetchInput, signal: AbortSignal) => Promise<RefetchResult>;
}

const lookEveryMs = 1_000;

/**
 * The activities of `loadTable` and `refetchRows`. They may be tried again at any time: what is still to be read is in
 * the database, and what is applied twice changes nothing.
 */
export function createLoadActivities(dependencies: LoadDependencies): ReplicaActivities {
  return {
    async waitForMaxwell({ waitFor }) {
      while (waitFor !== null && !(await dependencies.hasPassed(waitFor))) {
        await Context.current().sleep(lookEveryMs);
      }
    },

    loadRows: (input) => untilAborted((signal) => dependencies.loadRows(input, signal)),

    refetchRows: (input) => untilAborted((signal) => dependencies.refetchRows(input, signal)),
  };
}

/** What stops when it is aborted has not done its work. */
async function untilAborted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { cancellationSignal } = Context.current();
  const result = await work(cancellationSignal);
  cancellationSignal.throwIfAborted();
  return result;
}
