import type { ZodType, z } from 'zod';
import { field, request, RequestError, type RequestSentence } from './request-error.ts';

/**
 * Reads a request by its schema.
 *
 * @throws RequestError that names every field that is wrong, and no value
 */
export function parseRequest<T extends ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys')
      return request`There is no property ${issue.keys.map((key) => key.slice(0, 100)).join(', ')}`;
    const where = issue.path.join('.');
    return where === '' ? request`${issue.message}` : request`${field(where)}: ${issue.message}`;
  });
  throw new RequestError(sentences.reduce(joined));
}

function joined(one: RequestSentence, other: RequestSentence): RequestSentence {
  return request`${one}; ${other}`;
}
