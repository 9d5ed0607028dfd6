import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { AlirError, messageOf } from '../../src/errors/alir-error.ts';
import type { ErrorCode } from '../../src/errors/catalogue.ts';
import { plural } from '../../src/errors/sentences.ts';
import type { Logger } from '../../src/observability/logger.ts';
import {
  batchWorkflowId,
  searchAttributeKeys,
  taskQueues,
  type BatchMemo,
  type BatchRange,
  type ProcessBatchInput,
} from '../contract.ts';
import type { processBatch } from '../workflows/process-batch.ts';

type BatchHandle = WorkflowHandle<typeof processBatch>;

export interface RunBatchOptions {
  readonly client: Client;
  /** The first workflow task comes with the answer to the start; needs the client of `connectTemporalProcess`. */
  readonly startsEagerly: boolean;
  readonly logger: Logger;
  /** `last` of an audited batch with this `first`, for runs that Temporal has forgotten; null where there is none. */
  readonly auditedEnd: (range: BatchRange) => Promise<number | null>;
}

/**
 * Runs one batch to its end, whatever happens to this process, to Temporal or to the run (docs/decisions, "a range is
 * found by its first offset"):
 *
 * - no run of this `first` is known: start one; where the audit trail knows an earlier end, keep it;
 * - one is running: wait for it, its `last` counts;
 * - one has completed: the group's offsets were reset, or the commit was lost: run that range again;
 * - one has ended otherwise (terminated, cancelled, failed): run that range again before the partition moves on.
 *
 * @returns the `last` of the range that completed
 * @throws AlirError RANGE_GONE when retention has removed records of the range while it waited, and nobody kept them:
 *   running it again cannot help, the partition's position must be found anew; otherwise only when `signal` aborts
 */
export async function runBatch(
  options: RunBatchOptions,
  range: BatchRange,
  rows: number,
  signal: AbortSignal,
): Promise<{ last: number }> {
  const { logger } = options;
  const log = logger.child({ workflow: batchWorkflowId(range) });
  let known: { last: number; again: boolean } | null = null;
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      known ??= { last: (await options.auditedEnd(range)) ?? range.last, again: false };
      const begun = await startOrAttach(options, { ...range, last: known.last }, rows, known.again);
      known = { last: begun.last, again: false };
      await ended(begun.handle, signal);
      return { last: begun.last };
    } catch (error) {
      signal.throwIfAborted();
      if (isRangeGone(error)) throw new AlirError('RANGE_GONE', gone(range), { cause: error });
      if (error instanceof WorkflowFailedError && known) {
        log.warn(
          { reason: messageOf(error.cause ?? error) },
          'the batch ended without completing: running it again',
        );
        known = { last: known.last, again: true };
      } else {
        log.warn({ reason: messageOf(error) }, 'Temporal or the audit trail does not answer: trying again');
      }
      await delay(backoffMs(attempt), undefined, { signal });
    }
  }
}

async function startOrAttach(
  options: RunBatchOptions,
  range: BatchRange,
  rows: number,
  again: boolean,
): Promise<{ handle: BatchHandle; last: number }> {
  const { client } = options;
  try {
    return { handle: await start(options, range, rows, again), last: range.last };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const earlier = client.workflow.getHandle<typeof processBatch>(batchWorkflowId(range));
  const description = await earlier.describe();
  const memo = (description.memo ?? {}) as Partial<BatchMemo>;
  const ofThisTopic = memo.topicId === range.topicId;
  const running = description.status.name === 'RUNNING';
  if (running && ofThisTopic) {
    const handle = client.workflow.getHandle<typeof processBatch>(batchWorkflowId(range), description.runId);
    return { handle, last: memo.last ?? range.last };
  }
  // The same id under another topic id: the bookkeeping was lost together with the epochs, and Temporal was not.
  if (running) await earlier.terminate('its topic is gone');
  const last = ofThisTopic ? (memo.last ?? range.last) : range.last;
  return { handle: await start(options, { ...range, last }, rows, true), last };
}

function start(
  { client, startsEagerly }: RunBatchOptions,
  range: BatchRange,
  rows: number,
  again: boolean,
): Promise<BatchHandle> {
  const input: ProcessBatchInput = { range, flag: 'live', syncAt: new Date().toISOString() };
  const memo: BatchMemo = { last: range.last, topicId: range.topicId };
  const place = `${range.topic}/${range.partition}`;
  return client.workflow.start<typeof processBatch>('processBatch', {
    workflowId: batchWorkflowId(range),
    taskQueue: taskQueues.live,
    requestEagerStart: startsEagerly,
    args: [input],
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
    memo: { ...memo },
    staticSummary: `${place} · ${range.first}–${range.last} · ${plural(rows, 'row')}`,
    typedSearchAttributes: [
      { key: searchAttributeKeys.Pipeline, value: range.pipeline },
      { key: searchAttributeKeys.Topic, value: range.topic },
      { key: searchAttributeKeys.Partition, value: place },
      { key: searchAttributeKeys.FirstOffset, value: range.first },
      // Only a batch that finds dead letters raises it: the others need no command for it, and show 0 all the same.
      { key: searchAttributeKeys.DeadLettered, value: 0 },
    ],
  });
}

function isRangeGone(error: unknown): boolean {
  const cause = error instanceof WorkflowFailedError ? error.cause?.cause : undefined;
  return cause instanceof ApplicationFailure && cause.type === ('RANGE_GONE' satisfies ErrorCode);
}

function gone(range: BatchRange): string {
  return `Offsets ${range.first}–${range.last} of ${range.topic}/${range.partition} are no longer in Kafka.`;
}

/** From 100 ms to 5 s: an outage of minutes costs few calls, a blip costs little time. */
function backoffMs(attempt: number): number {
  return Math.min(5_000, 100 * 2 ** Math.min(attempt, 10));
}

/** How long a batch may take before its end is asked for once more; twice as long for each time after that. */
const firstAskedAgainMs = 2_000;

/**
 * Settles as the run does, or rejects as soon as the signal aborts.
 *
 * Temporal tells a waiting client of the end once, and under load it can fail to: a waiter that has not yet taken the
 * note before is passed over (server 1.29.1, service/history/events/notifier.go), and hears nothing until its call ends
 * after 20 s. Its partition would stand still for as long, so that a late end is asked for again.
 */
function ended(handle: BatchHandle, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const settled = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    const abort = (): void => {
      settled();
      reject(signal.reason as Error);
    };
    const ask = (againAfterMs: number): void => {
      timer = setTimeout(ask, againAfterMs, 2 * againAfterMs);
      handle.result().finally(settled).then(resolve, reject);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) return abort(); // a listener that is added now is never called
    ask(firstAskedAgainMs);
  });
}
