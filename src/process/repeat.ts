import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors/alir-error.ts';
import type { Logger } from '../observability/logger.ts';

export interface Repeated {
  readonly everyMs: number;
  readonly logger: Logger;
  /** What is said where it fails; the next time comes all the same. */
  readonly failed: string;
}

/** Does something now and then, for the first time after a pause, until it is stopped; `stop()` waits for it to end. */
export function startRepeating(
  { everyMs, logger, failed }: Repeated,
  work: (signal: AbortSignal) => Promise<unknown>,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const wait = (): Promise<unknown> => delay(everyMs, undefined, { signal }).catch(() => undefined);
  const running = (async () => {
    for (await wait(); !signal.aborted; await wait())
      await work(signal).catch((error: unknown) => logger.warn({ reason: messageOf(error) }, failed));
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
