import { noRedriven } from '../../src/pipelines/redrive-counts.ts';
import {
  redriveWorkflowId,
  type RedriveActivities,
  type RedriveInput,
} from '../../temporal/redrive-contract.ts';
import { toFailure } from '../../temporal/activities/interceptors.ts';
import { AlirError } from '../../src/errors/alir-error.ts';
import type { Scenario } from './history-scenarios.ts';
import { untilState } from './until-state.ts';

const letters = 1_000;
const ofPage = 100;

/** A redrive of 1,000 letters in pages of 100, one page a second: slow enough to be told something. */
function redriveRun(id: string, input: Partial<RedriveInput> = {}): Scenario['run'] {
  const redrive: RedriveInput = {
    redriveId: id,
    letters,
    syncAt: '2026-11-25T01:16:30.250Z',
    sink: 'both',
    dryRun: false,
    mostAttempts: 5,
    maxRowsPerSecond: ofPage,
    ...input,
  };
  return { workflowId: redriveWorkflowId(id), args: [redrive] };
}

/** @param pages how many there are */
const redriveActivities =
  (pages = letters / ofPage) =>
  (): RedriveActivities => ({
    redrivePage: ({ page }) =>
      Promise.resolve(
        page === pages
          ? { counts: noRedriven, after: null }
          : {
              counts: { ...noRedriven, letters: ofPage, loaded: ofPage },
              after: String((page + 1) * ofPage),
            },
      ),
    recordRedrive: () => Promise.resolve(),
  });

export const redriveScenarios: readonly Scenario[] = [
  {
    workflow: 'redriveDeadLetters',
    name: 'completed',
    run: redriveRun('completed', { maxRowsPerSecond: null }),
    activities: redriveActivities(),
  },
  {
    workflow: 'redriveDeadLetters',
    name: 'paused-and-resumed',
    run: redriveRun('paused-and-resumed'),
    activities: redriveActivities(),
    async during(handle) {
      await handle.signal('pauseBackfill');
      await untilState(handle, 'paused');
      await handle.signal('setBackfillRate', null);
      await handle.signal('resumeBackfill');
    },
  },
  {
    workflow: 'redriveDeadLetters',
    name: 'cancelled-while-paused',
    run: redriveRun('cancelled-while-paused'),
    activities: redriveActivities(),
    async during(handle) {
      await handle.signal('pauseBackfill');
      await untilState(handle, 'paused');
      await handle.signal('cancelBackfill');
    },
  },
  {
    workflow: 'redriveDeadLetters',
    name: 'continued-as-new',
    run: redriveRun('continued-as-new', { letters: 200 * ofPage, maxRowsPerSecond: null }),
    activities: redriveActivities(200),
  },
  {
    workflow: 'redriveDeadLetters',
    name: 'failed',
    run: redriveRun('failed', { maxRowsPerSecond: null }),
    activities: () => ({
      ...redriveActivities()(),
      redrivePage: () => {
        throw toFailure(new AlirError('CONFIG_INVALID', 'The table orders belongs to the pipeline others.'));
      },
    }),
  },
];
