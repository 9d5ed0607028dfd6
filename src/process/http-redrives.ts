/** What the HTTP API does with redrives: the same functions as the command line's. */
import { redriveWorkflowId } from '../../temporal/redrive-contract.ts';
import type { RedriveApi } from '../http/api/types.ts';
import type { RedriveRow } from '../metadata/dead-letters/redrives.ts';
import type { CommandContext } from '../operations/command-context.ts';
import {
  getRedrive,
  getRedrives,
  redriveProgress,
  signalRedrive,
  startRedriveOf,
} from '../operations/dead-letters/redrive.ts';
import { inTerms, limited, linksOf, signals } from './http-terms.ts';

/** Serves the routes from connections that the process has open. */
export function createHttpRedrives(place: CommandContext): RedriveApi {
  const describe = (row: RedriveRow): object => ({ ...row, ...linksOf(place, row.workflowId) });
  const inTime = <T>(work: () => Promise<T>): Promise<T> => inTerms(() => limited(place, work));
  return {
    start: (request) =>
      inTime(async () => {
        const started = await startRedriveOf(place, request);
        if (started === null) return null;
        return { ...started, state: 'running', ...linksOf(place, redriveWorkflowId(started.id)) };
      }),
    list: ({ limit }) => inTerms(async () => (await getRedrives(place, limit)).map(describe)),
    get: (id) =>
      inTime(async () => {
        const row = await getRedrive(place, id);
        const isOpen = row.finishedAt === null && row.state !== 'failed';
        return { ...describe(row), progress: isOpen ? await redriveProgress(place, row) : null };
      }),
    tell: (id, order) => inTime(() => signalRedrive(place, id, signals[order])),
    setRate: (id, rate) => inTime(() => signalRedrive(place, id, 'setBackfillRate', rate)),
  };
}
