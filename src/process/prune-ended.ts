/** Lets go of what has ended long ago, docs/decisions/2026-11-30-every-table-has-a-life.md. */
import type { Database } from '../mysql/connection.ts';
import { pruneHistory } from '../metadata/prune-ended.ts';
import type { Logger } from '../observability/logger.ts';
import { startRepeating } from './repeat.ts';

const everyMs = 600_000;

export interface HistoryKeeper {
  readonly database: Database;
  readonly keepDays: number;
  readonly logger: Logger;
}

/** Prunes every ten minutes. Several processes may do so at the same time. */
export function startHistoryKeeper({ database, keepDays, logger }: HistoryKeeper): { stop(): Promise<void> } {
  const failed = 'cannot prune the history; it stays until the next attempt';
  return startRepeating({ everyMs, logger, failed }, async () => {
    const pruned = await pruneHistory(database, keepDays);
    if (Object.values(pruned).some((count) => count > 0))
      logger.info({ ...pruned, keepDays }, 'pruned what ended longer ago than ALIR_KEEP_HISTORY_DAYS');
  });
}
