/** What the HTTP API does with backfills: the same functions as the command line's. */
import { backfillWorkflowId } from '../../temporal/contract.ts';
import type { BackfillApi } from '../http/api/types.ts';
import { classifyMysqlError } from '../mysql/mysql-error.ts';
import { AlirError } from '../errors/alir-error.ts';
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
import { workflowLink } from '../operations/web-ui.ts';

const temporalWithinMs = 10_000;

const signals = { pause: 'pauseBackfill', resume: 'resumeBackfill', cancel: 'cancelBackfill' } as const;

/** Serves the routes from connections that the process has open. */
export function createHttpBackfills(place: CommandContext): BackfillApi {
  const linksOf = (workflowId: string): { workflowId: string; webUi: string } => ({
    workflowId,
    webUi: workflowLink(place.config.settings, workflowId),
  });
  const describe = (row: Backfill): object => ({ ...summaryOf(row), ...linksOf(row.workflowId) });
  /** Without a limit the client waits for Temporal as long as it is away, and the caller with it. */
  const limited = async <T>(work: () => Promise<T>): Promise<T> =>
    (await place.temporal()).withDeadline(Date.now() + temporalWithinMs, work);
  const inTime = <T>(work: () => Promise<T>): Promise<T> => inTerms(() => limited(work));
  return {
    plan: (request) => inTerms(() => planOf(place, request)),
    start: (request) =>
      inTerms(async () => {
        const { rewrite, sink, dryRun, allowDeletes, maxRowsPerSecond = null } = request;
        const plan = await planOf(place, request);
        const options = { rewrite, sink, dryRun, allowDeletes, maxRowsPerSecond };
        const id = await limited(() => startBackfill(place, plan, options));
        return { id, state: 'running', ...linksOf(backfillWorkflowId(id)) };
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

async function inTerms<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inHttpTerms(error);
  }
}

/** MySQL's errors come as the driver threw them; Kafka's and Temporal's are in the catalogue's terms. */
function inHttpTerms(error: unknown): Error {
  return error instanceof AlirError ? error : classifyMysqlError(error);
}
