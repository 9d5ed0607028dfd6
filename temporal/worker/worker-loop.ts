import { setTimeout as delay } from 'node:timers/promises';
import { TransportError, type Worker } from '@temporalio/worker';
import { messageOf } from '../../src/errors/alir-error.ts';
import type { Logger } from '../../src/observability/logger.ts';

/**
 * Makes a worker and runs it; when Temporal has been away for so long that the worker gave up, makes another. One that
 * cannot be made at all ends the start: its build must not become the current one.
 *
 * @throws what `create` throws while Temporal answers
 */
export async function startWorkerLoop(
  create: () => Promise<Worker>,
  logger: Logger,
): Promise<{ stop(): Promise<void> }> {
  let worker: Worker | null = await create().catch((error: unknown) => {
    if (error instanceof TransportError) return null;
    throw error;
  });
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        worker ??= await create();
        const ended = worker.run(); // a worker that does not run yet cannot be shut down, and would never end
        if (stopping.signal.aborted) worker.shutdown();
        await ended;
      } catch (error) {
        logger.warn({ reason: messageOf(error) }, 'the worker ended: starting another');
        await delay(2_000, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
      worker = null;
    }
  })();
  return {
    async stop() {
      stopping.abort();
      if (worker?.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}
