import { readSourceBinlog } from '../replica/binlog.ts';
import { field, request, RequestError } from '../errors/request-error.ts';
import { positionProblem } from './parse-position.ts';
import type { PlanningContext } from './planning-context.ts';
import type { Selector } from './types.ts';

/**
 * Compares the positions of a selector with the binlog of the source, where that can be asked.
 *
 * @throws RequestError for one behind the end, or of another server
 */
export async function checkPositions(
  { source }: PlanningContext,
  { fromPosition, toPosition }: Pick<Selector, 'fromPosition' | 'toPosition'>,
): Promise<void> {
  if (fromPosition === null && toPosition === null) return;
  const binlog = await readSourceBinlog(source);
  if (binlog === null) return;
  for (const [name, position] of [
    ['fromPosition', fromPosition],
    ['toPosition', toPosition],
  ] as const) {
    if (position === null) continue;
    const problem = positionProblem(position, binlog);
    if (problem === null) continue;
    throw new RequestError(request`${field(name)} ${position} ${problem}.`, {
      remedy: 'Name a position of the server that Maxwell reads (SHOW BINARY LOGS), or a time.',
    });
  }
}
