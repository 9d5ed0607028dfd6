import { asSentence } from './sentences.ts';
import { catalogue, type ErrorCode, type ErrorEntry } from './catalogue.ts';

/**
 * The only error that Alir throws on purpose. `message` names the thing and the value in one sentence, to which the full
 * stop is added where it lacks, and never holds a row or a secret; the remedy comes from the catalogue unless the place that throws knows a better one.
 */
export class AlirError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; remedy?: string } = {}) {
    super(asSentence(message), { cause: options.cause });
    this.name = 'AlirError';
    this.code = code;
    this.remedy = options.remedy ?? catalogue[code].remedy;
  }

  get entry(): ErrorEntry {
    return catalogue[this.code];
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
