import { extname } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import pLimit from 'p-limit';
import { Piscina } from 'piscina';
import type { BackfillWork } from '../../../temporal/activities/backfill-work.ts';
import type { Config } from '../../config/load-config.ts';
import type { Logger } from '../../observability/logger.ts';
import type { ObservedBatch } from '../../observability/metrics.ts';
import { withFurtherGrowth } from './heap-growth.ts';
import { resultOf, type Answer, type Call } from './answers.ts';

/**
 * Megabytes for new objects in its heap, a quarter of what V8 would take: rows are short-lived, and the rate is the same.
 * For the old ones the limit of the process holds: V8 heeds `--max-old-space-size` before a thread's own.
 */
const youngHeapMb = 12;
/**
 * Pages of replays at once: one that applies while the next is computed. Live batches wait for a third, and the
 * rate is the same within what can be measured (docs/decisions/2026-11-29-beside-kafka-connect.md).
 */
const pagesAtOnce = 2;
/** A thread that nobody has asked for so long ends, and gives its memory back. */
const idleMs = 60_000;
/** Under live batches, which share the processors with it (nice values of Linux go by thread). */
const niceIncrement = 5;

export interface BackfillThread extends BackfillWork {
  /** Ends the thread; what it works on is rolled back. */
  close(): Promise<void>;
}

/**
 * Does the heavy work of backfills in a thread of its own, which begins with the first call: a live batch has a dozen
 * short steps, and each of them would wait until rows of a backfill are computed
 * (docs/decisions/2026-11-27-backfills-have-a-thread.md).
 *
 * A call rejects with what the work throws; or, when the thread dies, with that, and the next call begins another.
 *
 * @param observe gets every batch that the thread has committed
 */
export function startBackfillThread(
  config: Config,
  { observe, logger }: { observe: (batch: ObservedBatch) => void; logger: Logger },
): BackfillThread {
  const pool = new Piscina({
    filename: new URL(`./thread${extname(import.meta.url)}`, import.meta.url).href,
    workerData: config,
    minThreads: 0,
    maxThreads: 1,
    concurrentTasksPerWorker: 100, // the worker says how many activities are at work at once
    // Otherwise the thread would sleep between two calls with its connections open, and hear nothing of their end.
    atomics: 'disabled',
    idleTimeout: idleMs,
    niceIncrement,
    resourceLimits: { maxYoungGenerationSizeMb: youngHeapMb },
  });
  pool.on('message', observe);
  // Without a listener the process would end with the thread.
  pool.on('error', (error) => logger.error({ err: error }, 'the thread of the backfills died'));

  const call = async <Input, Result>(
    name: keyof BackfillWork,
    input: Input,
    signal?: AbortSignal,
  ): Promise<Result> => {
    const { port1, port2 } = new MessageChannel();
    const abort = (): void => port1.postMessage('abort');
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const task: Call<Input> = { input, aborting: port2 };
      const run = (): Promise<Answer<Result>> => pool.run(task, { name, transferList: [port2] });
      return resultOf(await withFurtherGrowth(run));
    } finally {
      signal?.removeEventListener('abort', abort);
      port1.close();
    }
  };
  const inTurn = pLimit(pagesAtOnce);
  return {
    replayPage: (page) => inTurn(() => call('replayPage', page)),
    redrivePage: (page) => inTurn(() => call('redrivePage', page)),
    backfillSlice: (slice, signal) => call('backfillSlice', slice, signal),
    loadRows: (input, signal) => call('loadRows', input, signal),
    refetchRows: (input, signal) => call('refetchRows', input, signal),
    close: () => pool.destroy(),
  };
}
