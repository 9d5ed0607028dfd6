import { createRequire } from 'node:module';
import { isatty } from 'node:tty';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { PrettyOptions } from 'pino-pretty';

export type { Logger };

/** Standard error: standard output belongs to what a command prints. */
const stderr = 2;

/** Where Temporal's SDK writes the token of a task: who has it can complete the task. */
const tokens = ['taskToken', 'task_token', 'base64TaskToken'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** Logs on standard error: lines for people on a terminal, JSON elsewhere, and nowhere a token of a task. */
export function createLogger(level: string, name = 'alir'): Logger {
  return pino(
    {
      name,
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: tokens, remove: true },
      // The SDK's core writes it into sentences.
      hooks: { streamWrite: (line) => line.replaceAll(/TaskToken\([^)]*\)/g, '(a task)') },
    },
    isatty(stderr) ? forPeople() : pino.destination(stderr),
  );
}

/** Loaded on a terminal only. `isatty`, because in a thread `process.stderr` does not know. */
function forPeople(): DestinationStream {
  const pretty = createRequire(import.meta.url)('pino-pretty') as (
    options: PrettyOptions,
  ) => DestinationStream;
  return pretty({
    destination: stderr,
    sync: true, // what a process says last is not lost when it exits
    colorize: !process.env['NO_COLOR'],
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'name',
    singleLine: true,
  });
}
