import { field, request, RequestError, type Field } from '../errors/request-error.ts';
import { findPipeline, pipelines } from '../pipelines/registry.ts';
import { isGtid, isPosition, orderOf, serverOf } from './parse-position.ts';
import { checkZone, parseTime } from './parse-time.ts';
import { parseKeys } from './parse-keys.ts';
import type { PlanRequest } from './request.ts';
import type { Selector } from './types.ts';

/** The fields that say where in a log. */
const logFields = [
  'partition',
  'fromOffset',
  'toOffset',
  'since',
  'until',
  'fromPosition',
  'toPosition',
  'batches',
] as const satisfies readonly (keyof Selector)[];

/**
 * What a request asks for.
 *
 * @param at `now`: milliseconds since 1970, for times that count back; `usualZone`: IANA name, of times that name no
 *   zone where the request names none (the setting ALIR_TIME_ZONE)
 * @throws RequestError that names field and value
 */
export function selectorOf(
  asked: PlanRequest,
  { now, usualZone }: { readonly now: number; readonly usualZone: string },
): Selector {
  const { pipeline, table = null, partition = null, fromOffset = null, toOffset = null } = asked;
  const { zone = usualZone, since, until, fromPosition, toPosition, wherePk, batches = null } = asked;
  if (findPipeline(pipeline) === undefined) {
    const known = pipelines.map(({ name }) => name).join(', ');
    throw new RequestError(request`There is no pipeline ${pipeline}.`, { remedy: `Name one of: ${known}.` });
  }
  checkZone(zone);
  const selector: Selector = {
    pipeline,
    table,
    partition,
    fromOffset,
    toOffset,
    since: since === undefined ? null : parseTime('since', since, zone, now),
    until: until === undefined ? null : parseTime('until', until, zone, now),
    fromPosition: positionOf('fromPosition', fromPosition),
    toPosition: positionOf('toPosition', toPosition),
    keys: wherePk === undefined ? null : parseKeys(wherePk),
    batches,
  };
  checkOrder(selector, asked);
  checkCombination(selector);
  return selector;
}

/** The first of the fields that say where in a log which was given. */
export function logFieldOf(selector: Selector): Field | null {
  const name = logFields.find((each) => selector[each] !== null);
  return name === undefined ? null : field(name);
}

function checkOrder(selector: Selector, { since, until }: PlanRequest): void {
  const { fromOffset, toOffset, fromPosition: from, toPosition: to } = selector;
  if (fromOffset !== null && toOffset !== null && fromOffset > toOffset)
    throw wrong`${field('fromOffset')} ${fromOffset} comes after ${field('toOffset')} ${toOffset}.`;
  if (selector.since !== null && selector.until !== null && selector.since >= selector.until)
    throw wrong`${field('since')} ${since ?? ''} is not before ${field('until')} ${until ?? ''}.`;
  if (from === null || to === null) return;
  const [first, last] = [field('fromPosition'), field('toPosition')];
  if (isGtid(from) !== isGtid(to)) throw wrong`Of ${from} and ${to} one is a GTID and the other is not.`;
  if (serverOf(from) !== serverOf(to))
    throw wrong`${first} ${from} and ${last} ${to} are of different servers.`;
  if (orderOf(from, to) > 0) throw wrong`${first} ${from} comes after ${last} ${to}.`;
}

function checkCombination(selector: Selector): void {
  const { pipeline, table, fromOffset, toOffset, keys } = selector;
  const [wherePk, cdc] = [field('wherePk'), request`${field('pipeline')} cdc`];
  if (pipeline !== 'cdc') {
    if (keys !== null) throw wrong`${wherePk} needs ${cdc}: ${pipeline} is not read from a table.`;
    if (table !== null) throw wrong`${field('table')} ${table} needs ${cdc}: ${pipeline} has one table.`;
    const given = selector.fromPosition ?? selector.toPosition;
    if (given !== null) throw wrong`The position ${given} needs ${cdc}: records of ${pipeline} have none.`;
    return;
  }
  if (keys !== null && table === null)
    throw wrong`${wherePk} needs ${field('table')}: a key is one of a table.`;
  const offset = fromOffset !== null ? 'fromOffset' : toOffset !== null ? 'toOffset' : null;
  if (offset !== null && table === null)
    throw wrong`${field(offset)} needs ${field('table')}: every table's topic counts its own offsets.`;
  const other = logFieldOf(selector);
  if (keys !== null && other !== null)
    throw wrong`${wherePk} and ${other} do not go together: keys are read from the source, as it is now.`;
}

function positionOf(name: string, given: string | undefined): string | null {
  if (given === undefined || isPosition(given)) return given ?? null;
  throw new RequestError(request`${field(name)} ${given} is not a position in a binlog.`, {
    remedy: 'Write file:offset, as in binlog.000012:4567, or a GTID, uuid:number.',
  });
}

function wrong(...sentence: Parameters<typeof request>): RequestError {
  return new RequestError(request(...sentence));
}
