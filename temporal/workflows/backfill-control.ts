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
export const backfillProgress = defineQuery<BackfillProgress<unknown>>('backfillProgress');

const { recordBackfill } = proxyActivities<BackfillActivities>({
  ...activityOptions.upsert,
  taskQueue: taskQueues.backfill,
});

/** How the state of a backfill is written down. */
export function recordOf(backfillId: string): Recorder<BatchCounts> {
  return (state, counts, reason) => recordBackfill(backfillId, state, counts, reason);
}

type Recorder<Counts> = (state: BackfillState, counts: Counts, reason: string | null) => Promise<void>;

/** How much there is to do, and how much is done. */
interface Amounts {
  readonly total: number;
  readonly done: number;
}

/** What people tell a running backfill or redrive, what it tells them, and how it ends. */
export class BackfillControl<Counts extends object = BatchCounts> {
  paused: boolean;
  cancelled = false;
  rate: number | null;
  failure: Error | null = null;
  counts: Counts;
  readonly #amounts: (counts: Counts) => Amounts;
  readonly #record: Recorder<Counts>;
  #state: BackfillState;
  #work: CancellationScope | null = null;

  constructor(
    initial: {
      readonly paused: boolean;
      readonly maxRowsPerSecond: number | null;
      readonly counts: Counts;
    },
    amounts: (counts: Counts) => Amounts,
    record: Recorder<Counts>,
  ) {
    this.#record = record;
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

  progress(): BackfillProgress<Counts> {
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
    await this.#record(state, this.counts, reason);
  }

  /**
   * Writes the end down and gives the result.
   *
   * @param isComplete everything has been done
   * @param drained resolves when nothing is in flight any more
   */
  async end(isComplete: boolean, drained: () => Promise<void>): Promise<BackfillProgress<Counts>> {
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

function describe({ state, total, done, counts, maxRowsPerSecond }: BackfillProgress<object>): string {
  const share = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
  const rate = maxRowsPerSecond === null ? '' : `, at most ${maxRowsPerSecond} rows a second`;
  return [
    `**${state}**: ${done} of ${total} (${share} %)${rate}`,
    '',
    '| outcome | records |',
    '|---|---:|',
    ...Object.entries<number>({ ...counts })
      .filter(([, figure]) => figure > 0)
      .map(([name, figure]) => `| ${name} | ${figure} |`),
  ].join('\n');
}
