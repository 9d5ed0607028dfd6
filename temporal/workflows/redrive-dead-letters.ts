import { condition, continueAsNew, proxyActivities } from '@temporalio/workflow';
import { addRedriven, noRedriven, type RedriveCounts } from '../../src/pipelines/redrive-counts.ts';
import { activityOptions } from '../activity-options.ts';
import { taskQueues, type BackfillProgress } from '../contract.ts';
import type { RedriveActivities, RedriveInput, RedrivePage } from '../redrive-contract.ts';
import { BackfillControl } from './backfill-control.ts';

const options = { ...activityOptions.upsert, taskQueue: taskQueues.backfill };
const { redrivePage, recordRedrive } = proxyActivities<RedriveActivities>(options);

/** A page takes about seven events: far below the 2,000 that a history should have. */
const pagesPerRun = 150;

/**
 * Loads dead letters again, page after page, with their own coordinates. It can be paused, slowed down and cancelled
 * between two pages.
 */
export async function redriveDeadLetters(input: RedriveInput): Promise<BackfillProgress<RedriveCounts>> {
  const { redriveId, maxRowsPerSecond } = input;
  const initial = { paused: false, counts: noRedriven, ...input.done, maxRowsPerSecond };
  let { page = 0, after = '0' } = input.done ?? {};
  let isDone = false;
  const control = new BackfillControl<RedriveCounts>(
    initial,
    ({ letters }) => ({ total: isDone ? letters : Math.max(input.letters, letters), done: letters }),
    (state, counts, reason) => recordRedrive(redriveId, state, counts, reason),
  );
  let pages = 0;
  try {
    while (!isDone && !control.isStopped) {
      if (control.paused) {
        await control.enter('paused');
        await condition(() => !control.paused || control.cancelled);
        if (!control.cancelled) await control.enter('running');
        continue;
      }
      if (pages >= pagesPerRun) {
        const done = { page, after, counts: control.counts, paused: control.paused };
        return await continueAsNew<typeof redriveDeadLetters>({
          ...input,
          maxRowsPerSecond: control.rate,
          done,
        });
      }
      const result = await redrivePage.executeWithOptions(
        { ...options, summary: `page ${page + 1}, letters after ${after}` },
        [pageOf(input, page, after)],
      );
      control.counts = addRedriven(control.counts, result.counts);
      isDone = result.after === null;
      after = result.after ?? after;
      page += 1;
      pages += 1;
      control.tell();
      const { rate } = control;
      // A change of the rate is heeded at once.
      const isHeeded = (): boolean => control.paused || control.cancelled || control.rate !== rate;
      if (rate !== null && !isDone) await condition(isHeeded, (1000 * result.counts.letters) / rate);
    }
  } catch (error) {
    control.failure = error as Error;
  }
  return control.end(isDone, () => Promise.resolve());
}

function pageOf(
  { redriveId, syncAt, sink, dryRun, mostAttempts }: RedriveInput,
  page: number,
  after: string,
): RedrivePage {
  return { redriveId, syncAt, sink, dryRun, mostAttempts, page, after };
}
