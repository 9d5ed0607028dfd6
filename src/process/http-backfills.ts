/** What the HTTP API does with backfills: the same functions as the command line's. */
import { backfillWorkflowId } from '../../temporal/contract.ts';
import type { BackfillApi } from '../http/api/types.ts';
import {
  getBackfill,
  getBackfills,
  isOpen,
  progressOf,
  signalBackfill,
  summaryOf,
  type Backfill,
} from '../operations/backfill/control.ts';
import type { CommandContext } from '../operations/command-context.ts';
import { planOf } from '../operations/backfill/plan.ts';
import { startBackfill } from '../operations/backfill/start.ts';
import { inTerms, limited, linksOf, signals } from './http-terms.ts';

/** Serves the routes from connections that the process has open. */
export function createHttpBackfills(place: CommandContext): BackfillApi {
  const describe = (row: Backfill): object => ({ ...summaryOf(row), ...linksOf(place, row.workflowId) });
  const inTime = <T>(work: () => Promise<T>): Promise<T> => inTerms(() => limited(place, work));
  return {
    plan: (request) => inTerms(() => planOf(place, request)),
    start: (request) =>
      inTerms(async () => {
        const { rewrite, sink, dryRun, allowDeletes, maxRowsPerSecond = null } = request;
        const plan = await planOf(place, request);
        const options = { rewrite, sink, dryRun, allowDeletes, maxRowsPerSecond };
        const id = await limited(place, () => startBackfill(place, plan, options));
        return { id, state: 'running', ...linksOf(place, backfillWorkflowId(id)) };
      }),
    list: (query) => inTime(async () => (await getBackfills(place, query)).map(describe)),
    get: (id) =>
      inTime(async () => {
        const row = await getBackfill(place, id);
        return { ...describe(row), progress: isOpen(row) ? await progressOf(place, row) : null };
      }),
    tell: (id, order) => inTime(() => signalBackfill(place, id, signals[order])),
    setRate: (id, rate) => inTime(() => signalBackfill(place, id, 'setBackfillRate', rate)),
  };
}
