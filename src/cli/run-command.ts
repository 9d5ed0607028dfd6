import { CommanderError } from 'commander';
import { AlirError, messageOf } from '../errors/alir-error.ts';
import { RequestError } from '../errors/request-error.ts';
import { remedyOf } from '../operations/other-stacks.ts';
import { note } from './output.ts';
import { flagOf } from './flag-of.ts';

/**
 * Runs the command line and sets the exit code: 0 ok, 1 failed, 2 wrong usage, 3 environment not ready.
 * Every error is one sentence and what to do next; `ALIR_LOG_LEVEL=debug` adds where it came from.
 */
export async function runCommand(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2; // commander has printed the sentence
      return;
    }
    const known = inFlags(error);
    note(`${known.code}: ${known.message}`);
    note(`→ ${remedyOf(known)}`);
    if (process.env['ALIR_LOG_LEVEL'] === 'debug' || known.code === 'UNEXPECTED') {
      note(String(error instanceof Error ? error.stack : error));
      if (known.cause instanceof Error) note(`caused by ${String(known.cause.stack)}`);
    }
    process.exitCode = known.entry.exit;
  }
}

function inFlags(error: unknown): AlirError {
  if (error instanceof RequestError) return error.inTermsOf(flagOf, 'See the command with --help.');
  return error instanceof AlirError ? error : new AlirError('UNEXPECTED', messageOf(error), { cause: error });
}
