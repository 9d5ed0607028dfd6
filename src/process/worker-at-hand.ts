import { taskQueues } from '../../temporal/contract.ts';
import type { Config } from '../config/load-config.ts';
import { createLogger } from '../observability/logger.ts';
import { openTemporalReader, type Poller } from '../operations/doctor/temporal-reader.ts';

/** A worker asks again at the latest after a minute; who has not is gone. */
const askedWithinMs = 75_000;

/**
 * Does something that needs a worker: where none asks for work, one is started in this process and stopped afterwards.
 *
 * @param say is told when a worker is started
 * @throws AlirError TEMPORAL_UNAVAILABLE, and what keeps a worker from starting
 */
export async function withWorker<T>(
  config: Config,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  if (await hasWorker(config)) return work();
  say('No worker is running: starting one in this process.');
  const { startRuntime } = await import('./runtime.ts');
  const logger = createLogger('error');
  const runtime = await startRuntime(
    config,
    { consume: false, work: true, api: false, promote: true, waits: null },
    logger,
  );
  try {
    return await work();
  } finally {
    await runtime.stop();
  }
}

/** Whether a worker asks for what backfills are made of. */
export async function hasWorker(config: Config): Promise<boolean> {
  const reader = openTemporalReader(config);
  try {
    const [workflows, activities] = await Promise.all([
      reader.pollers(taskQueues.live, 'workflow'),
      reader.pollers(taskQueues.backfill, 'activity'),
    ]);
    const isThere = ({ lastAccess, hasEnded }: Poller): boolean =>
      !hasEnded && (lastAccess === null || Date.now() - lastAccess < askedWithinMs);
    return workflows.some(isThere) && activities.some(isThere);
  } finally {
    await reader.close();
  }
}
