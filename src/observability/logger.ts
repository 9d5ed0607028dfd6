import { pino, type Logger } from 'pino';

export type { Logger };

/** JSON lines on standard error: standard output belongs to what a command prints. */
export function createLogger(level: string, name = 'alir'): Logger {
  return pino(
    { name, level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  );
}
