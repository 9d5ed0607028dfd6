/** Rolls up and prunes the audit trail, docs/decisions/2026-11-30-batches-have-a-life.md. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { listBackfills } from '../metadata/backfills.ts';
import type { Database } from '../mysql/connection.ts';
import { pruneBatches, type InUse } from '../metadata/history/prune-batches.ts';
import { rollUp, type Rest } from '../metadata/history/roll-up.ts';
import type { Logger } from '../observability/logger.ts';
import { startRepeating } from './repeat.ts';
import { runningBatches } from './running-batches.ts';

/** What is not rolled up yet, `alir status` and others have to read. */
const rollUpEveryMs = 30_000;
const pruneEveryMs = 600_000;

export interface BatchKeeper {
  readonly client: Client;
  readonly database: Database;
  readonly keepDays: number;
  readonly logger: Logger;
}

/** Works in the background until it is stopped. Several processes may do so at the same time. */
export function startBatchKeeper(keeper: BatchKeeper): { stop(): Promise<void> } {
  const { database, logger } = keeper;
  const failed = (what: string): string => `cannot ${what} etl_batches; trying again later`;
  const running = [
    startRepeating({ everyMs: rollUpEveryMs, logger, failed: failed('roll up') }, (signal) =>
      rollUp(database, halfTheTime(signal)),
    ),
    startRepeating({ everyMs: pruneEveryMs, logger, failed: failed('prune') }, (signal) =>
      pruneOnce(keeper, halfTheTime(signal)),
    ),
  ];
  return {
    async stop() {
      await Promise.all(running.map((each) => each.stop()));
    },
  };
}

/** An old database has millions of rows to work off; whoever is live there needs the server, too. */
function halfTheTime(signal: AbortSignal): Rest {
  let began = performance.now();
  return async () => {
    await delay(performance.now() - began, undefined, { signal }).catch(() => undefined);
    began = performance.now();
    return signal.aborted ? 'stop' : 'go on';
  };
}

async function pruneOnce({ client, database, keepDays, logger }: BatchKeeper, rest: Rest): Promise<void> {
  const deleted = await pruneBatches(database, keepDays, () => runsInUse(client, database), rest);
  if (deleted > 0)
    logger.info({ deleted, keepDays }, 'pruned batches that are older than ALIR_KEEP_BATCHES_DAYS');
}

/** Whose next attempt would look for the row that an earlier one wrote. */
export async function runsInUse(client: Client, database: Database): Promise<InUse> {
  const workflows = new Set<string>();
  for await (const workflowId of runningBatches(client)) workflows.add(workflowId);
  const backfills = await listBackfills(database, { open: true });
  return { workflows, backfills: new Set(backfills.map(({ id }) => id)) };
}
