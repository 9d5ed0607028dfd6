import { STATUS_CODES } from 'node:http';
import { AlirError } from '../../errors/alir-error.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { RequestError } from '../../errors/request-error.ts';

/** The body of an answer that is an error, as RFC 9457 wants it. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly remedy: string;
}

export const problemType = 'application/problem+json';

const statuses: Partial<Record<ErrorCode, number>> = {
  USAGE: 400,
  HTTP_TOKEN_WRONG: 401,
  HTTP_TOKEN_UNSET: 403,
  BACKFILL_MISSING: 404,
  LETTER_MISSING: 404,
  REDRIVE_MISSING: 404,
  BACKFILL_OVERLAPS: 409,
  BACKFILL_ENDED: 409,
  LETTER_CLOSED: 409,
  LETTER_INVALID: 409,
  REDRIVE_ENDED: 409,
  RANGE_GONE: 409,
  TOPIC_MISSING: 409,
  TOPIC_RECREATED: 409,
};

/** What a caller is told about anything that was thrown. Of what is not Alir's own error it learns no text. */
export function problemOf(error: unknown): Problem {
  const status = refusedByFastify(error);
  if (status !== null)
    return describe(status, new AlirError('USAGE', wordsOf(error as Error), { remedy: seeOpenApi }));
  if (error instanceof RequestError)
    return describe(
      400,
      error.inTermsOf((name) => name, seeOpenApi),
    );
  const known =
    error instanceof AlirError
      ? error
      : new AlirError('UNEXPECTED', 'Something went wrong that Alir does not know.', { cause: error });
  return describe(statuses[known.code] ?? (known.entry.exit === 3 ? 503 : 500), known);
}

/** The answer about a path that does not exist. */
export function noSuchRoute(method: string): Problem {
  return describe(404, new AlirError('USAGE', `There is no such ${method} route.`, { remedy: seeOpenApi }));
}

const seeOpenApi = 'GET /openapi.json lists every route and property.';

function describe(status: number, error: AlirError): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    remedy: error.remedy,
  };
}

/** Fastify refuses a request by itself: too large, no JSON, of another media type. */
function refusedByFastify(error: unknown): number | null {
  if (error instanceof AlirError || !(error instanceof Error)) return null;
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : null;
}

function wordsOf(error: Error): string {
  // The parser of JSON quotes the place where a text breaks, and a text may hold anything.
  if (error instanceof SyntaxError) return 'The body is not valid JSON.';
  return error.message.endsWith('.') ? error.message : `${error.message}.`;
}
