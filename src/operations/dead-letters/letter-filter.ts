import { parseTime } from '../../backfill/parse-time.ts';
import { catalogue, type ErrorCode } from '../../errors/catalogue.ts';
import { field, request, RequestError } from '../../errors/request-error.ts';
import { countLetters, type LetterFilter } from '../../metadata/dead-letters/filter.ts';
import { letterStatuses, openStatuses, type LetterStatus } from '../../metadata/dead-letters/states.ts';
import type { Database } from '../../mysql/connection.ts';
import { findPipeline, pipelines } from '../../pipelines/registry.ts';
import type { CommandContext } from '../command-context.ts';
import type { ChangeRequest, ListRequest } from './request.ts';

type LetterRequest = Partial<Omit<ListRequest, 'limit'>> & Pick<ChangeRequest, 'ids'>;

/** What these operations work on. */
export type LetterContext = Pick<CommandContext, 'database' | 'config'>;

/** Fields that choose letters: without one of them, a change would be one of all letters. */
const choosing = [
  'ids',
  'pipeline',
  'code',
  'field',
  'topic',
  'partition',
  'offset',
  'since',
  'until',
] as const;

/**
 * The filter that a request means.
 *
 * @param at `now`: milliseconds since 1970; `zone`: of times that name none (the setting ALIR_TIME_ZONE)
 * @throws RequestError that names field and value
 */
export function filterOf(
  asked: LetterRequest,
  { now, zone }: { readonly now: number; readonly zone: string },
): LetterFilter {
  const { pipeline, code, field: path, topic, partition, offset, ids } = asked;
  const since = asked.since === undefined ? undefined : parseTime('since', asked.since, zone, now);
  const until = asked.until === undefined ? undefined : parseTime('until', asked.until, zone, now);
  if (since !== undefined && until !== undefined && since >= until)
    throw new RequestError(
      request`${field('since')} ${asked.since ?? ''} is not before ${field('until')} ${asked.until ?? ''}.`,
    );
  return {
    ...(pipeline !== undefined && { pipeline }),
    ...(code !== undefined && { code }),
    ...(path !== undefined && { field: path }),
    ...(topic !== undefined && { topic }),
    ...(partition !== undefined && { partition }),
    ...(offset !== undefined && { offset }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(ids !== undefined && { ids }),
    ...(asked.status !== 'all' && { statuses: statusesOf(asked.status) }),
  };
}

function statusesOf(status: LetterStatus | undefined): readonly LetterStatus[] {
  return status === undefined ? openStatuses : letterStatuses.filter((each) => each === status);
}

/**
 * The filter of a request, its names checked.
 *
 * @throws RequestError also for a pipeline or code that neither Alir nor any letter knows
 */
export async function checkedFilter(
  { database, config }: LetterContext,
  asked: LetterRequest,
): Promise<LetterFilter> {
  const filter = filterOf(asked, { now: Date.now(), zone: config.settings.ALIR_TIME_ZONE });
  await checkPipeline(database, asked.pipeline);
  await checkCode(database, asked.code);
  return filter;
}

/** The filter of letters that are to be changed: a request that chooses none means all, and is refused. */
export async function filterOfChange(context: LetterContext, asked: ChangeRequest): Promise<LetterFilter> {
  const chooses = choosing.some((name) => asked[name] !== undefined);
  if (!chooses)
    throw new RequestError(request`The request chooses no letters.`, {
      remedy: 'Name letters by their ids, or choose them by pipeline, code, field, topic or time.',
    });
  return checkedFilter(context, asked);
}

/** A pipeline may be gone from the code while its letters are still there. */
export async function checkPipeline(database: Database, pipeline: string | undefined): Promise<void> {
  if (pipeline === undefined || findPipeline(pipeline) !== undefined) return;
  if ((await countLetters(database, { pipeline })) > 0) return;
  throw new RequestError(request`There is no pipeline ${pipeline}.`, {
    remedy: `Name one of: ${pipelines.map(({ name }) => name).join(', ')}.`,
  });
}

async function checkCode(database: Database, code: string | undefined): Promise<void> {
  if (code === undefined || letterCodes.includes(code as ErrorCode)) return;
  if ((await countLetters(database, { code })) > 0) return;
  throw new RequestError(request`There is no code ${code}.`, {
    remedy: `Name one of: ${letterCodes.join(', ')}.`,
  });
}

/** The codes that dead letters have. */
const letterCodes = (Object.keys(catalogue) as ErrorCode[]).filter(
  (code) => catalogue[code].fault === 'data',
);
