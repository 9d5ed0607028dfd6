import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { BatchCounts } from '../../src/pipelines/counts.ts';
import { activityOptions } from '../activity-options.ts';
import {
  searchAttributeKeys,
  taskQueues,
  type BackfillActivities,
  type BackfillProgress,
  type BackfillState,
} from '../contract.ts';

export const pauseBackfill = defineSignal('pauseBackfill');
export const resumeBackfill = defineSignal('resumeBackfill');
export const cancelBackfill = defineSignal('cancelBackfill');
export const setBackfillRate = defineSignal<[number | null]>('setBackfillRate');
export const backfillProgress = defineQuery<BackfillProgress>('backfillProgress');

const { recordBackfill } = proxyActivities<BackfillActivities>({
  ...activityOptions.upsert,
  taskQueue: taskQueues.backfill,
});

/** How much there is to do, and how much is done. */
interface Amounts {
  readonly total: number;
  readonly done: number;
}

/** What people tell a running backfill, what it tells them, and how it ends. */
export class BackfillControl {
  paused: boolean;
  cancelled = false;
  rate: number | null;
  failure: Error | null = null;
  counts: BatchCounts;
  readonly #id: string;
  readonly #amounts: (counts: BatchCounts) => Amounts;
  #state: BackfillState;
  #work: CancellationScope | null = null;

  constructor(
    id: string,
    initial: {
      readonly paused: boolean;
      readonly maxRowsPerSecond: number | null;
      readonly counts: BatchCounts;
    },
    amounts: (counts: BatchCounts) => Amounts,
  ) {
    this.#id = id;
    this.#amounts = amounts;
    this.paused = initial.paused;
    this.rate = initial.maxRowsPerSecond;
    this.counts = initial.counts;
    this.#state = initial.paused ? 'paused' : 'running';
    setHandler(backfillProgress, () => this.progress());
    setHandler(pauseBackfill, () => void (this.paused = true));
    setHandler(resumeBackfill, () => void (this.paused = false));
    setHandler(cancelBackfill, () => {
      this.cancelled = true;
      this.#work?.cancel();
    });
    setHandler(setBackfillRate, (rate) => void (this.rate = rate));
  }

  /** Nothing new may begin. */
  get isStopped(): boolean {
    return this.cancelled || this.failure !== null;
  }

  /**
   * Does work that need not be done to its end when the backfill is cancelled.
   *
   * @returns null when it was
   */
  async untilCancelled<T>(work: () => Promise<T>): Promise<T | null> {
    this.#work = new CancellationScope();
    try {
      return await this.#work.run(work);
    } catch (error) {
      if (this.cancelled) return null;
      throw error;
    } finally {
      this.#work = null;
    }
  }

  progress(): BackfillProgress {
    const { total, done } = this.#amounts(this.counts);
    return {
      state: this.#state,
      total,
      done,
      counts: this.counts,
      maxRowsPerSecond: this.rate,
    };
  }

  /** Shows in the Web UI how far it is. */
  tell(): void {
    setCurrentDetails(describe(this.progress()));
  }

  async enter(state: BackfillState, reason: string | null = null): Promise<void> {
    this.#state = state;
    upsertSearchAttributes([{ key: searchAttributeKeys.BackfillState, value: state }]);
    this.tell();
    await recordBackfill(this.#id, state, this.counts, reason);
  }

  /**
   * Writes the end down and gives the result.
   *
   * @param isComplete everything has been done
   * @param drained resolves when nothing is in flight any more
   */
  async end(isComplete: boolean, drained: () => Promise<void>): Promise<BackfillProgress> {
    const { failure } = this;
    if (failure === null) {
      await this.enter(isComplete ? 'completed' : 'cancelled');
      return this.progress();
    }
    // Cancelled by the Web UI or the `temporal` command: what the bookkeeping says must be true all the same.
    const isCancelled = isCancellation(failure);
    const known = failureOf(failure);
    await CancellationScope.nonCancellable(async () => {
      await drained();
      await this.enter(isCancelled ? 'cancelled' : 'failed', isCancelled ? null : known.message);
    });
    throw isCancelled ? failure : known;
  }
}

/** What a page failed with: the sentence and the code that its activity gave it. */
function failureOf(failure: unknown): ApplicationFailure {
  const cause = failure instanceof ActivityFailure ? failure.cause : failure;
  const known = cause instanceof ApplicationFailure ? cause : null;
  return ApplicationFailure.nonRetryable(known?.message ?? 'A page failed.', known?.type ?? 'UNEXPECTED');
}

function describe({ state, total, done, counts, maxRowsPerSecond }: BackfillProgress): string {
  const share = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
  const rate = maxRowsPerSecond === null ? '' : `, at most ${maxRowsPerSecond} rows a second`;
  return [
    `**${state}**: ${done} of ${total} (${share} %)${rate}`,
    '',
    '| outcome | records |',
    '|---|---:|',
    ...Object.entries(counts)
      .filter(([, figure]) => figure > 0)
      .map(([name, figure]) => `| ${name} | ${figure} |`),
  ].join('\n');
}
