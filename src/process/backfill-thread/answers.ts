/** How a call crosses from the thread of the process to that of the backfills, and its answer back. */
import { inspect } from 'node:util';
import type { MessagePort } from 'node:worker_threads';
import { AlirError, messageOf } from '../../errors/alir-error.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';

export interface Call<Input> {
  readonly input: Input;
  /** A message on it aborts the call. */
  readonly aborting: MessagePort;
}

/** Errors lose their class and their own fields on the way between threads. */
export type Answer<Result> = { readonly result: Result } | { readonly error: PlainError };

interface PlainError {
  /** Null: not one of ours. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly remedy: string;
  /** For the log alone: it may quote a row. */
  readonly cause: string;
}

/** Does a call, in the thread of the backfills. */
export async function answer<Input, Result>(
  { input, aborting }: Call<Input>,
  work: (input: Input, signal: AbortSignal) => Promise<Result>,
): Promise<Answer<Result>> {
  const controller = new AbortController();
  aborting.on('message', () => controller.abort());
  try {
    return { result: await work(input, controller.signal) };
  } catch (error) {
    return { error: toPlain(error) };
  } finally {
    aborting.close();
  }
}

/** @throws AlirError, or an Error with the text of another */
export function resultOf<Result>(given: Answer<Result>): Result {
  if ('result' in given) return given.result;
  const { code, message, remedy, cause } = given.error;
  const causing = Object.assign(new Error(cause), { stack: cause });
  if (code === null) throw new Error(message, { cause: causing });
  throw new AlirError(code, message, { remedy, cause: causing });
}

function toPlain(error: unknown): PlainError {
  const known = error instanceof AlirError ? error : null;
  return {
    code: known?.code ?? null,
    message: messageOf(error),
    remedy: known?.remedy ?? '',
    cause: inspect(known ? known.cause : error),
  };
}
