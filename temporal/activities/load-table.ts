import { Context } from '@temporalio/activity';
import type { LoadTableInput, LoadTableResult, ReplicaActivities } from '../contract.ts';

/** What the activities need of the world outside; the worker, as composition root, supplies it. */
export interface LoadDependencies {
  /** Whether Maxwell has passed a position of the binlog. */
  readonly hasPassed: (position: string) => Promise<boolean>;
  /** Reads and applies the next chunk; null: the load is over, or another has taken its place. */
  readonly loadChunk: (input: LoadTableInput) => Promise<{ readonly rows: number } | null>;
}

const lookEveryMs = 1_000;

/**
 * The activities of `loadTable`. They may be tried again at any time: where a load stands is in the database, and a
 * chunk that is applied twice changes nothing.
 */
export function createLoadActivities(dependencies: LoadDependencies): ReplicaActivities {
  return {
    async waitForMaxwell({ waitFor }) {
      while (waitFor !== null && !(await dependencies.hasPassed(waitFor))) {
        await Context.current().sleep(lookEveryMs);
      }
    },

    async loadRows(input): Promise<LoadTableResult> {
      let rows = 0;
      let chunks = 0;
      const { cancellationSignal } = Context.current();
      for (;;) {
        cancellationSignal.throwIfAborted();
        const chunk = await dependencies.loadChunk(input);
        if (chunk === null) return { rows, chunks };
        rows += chunk.rows;
        chunks += 1;
      }
    },
  };
}
