import { setTimeout as delay } from 'node:timers/promises';
import { TemporalAway } from '../../temporal/client/connection.ts';
import { AlirError } from '../errors/alir-error.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { remedyOf } from './other-stacks.ts';

export interface Waiting {
  /** Is told what is waited for, and that it has come. */
  readonly say: (sentence: string) => void;
  /** Ends the waiting; null: nothing is waited for. */
  readonly signal: AbortSignal | null;
  /** Whether a server of which such an error speaks is waited for at all. */
  readonly waitsFor?: (code: ErrorCode) => boolean;
  /** Called when it begins to wait. */
  readonly onWait?: () => Promise<unknown>;
  /** How long until the next attempt, and until the same is said again. */
  readonly everyMs?: number;
  readonly sayAgainMs?: number;
}

/**
 * Does something that needs a server, again and again for as long as the server is away, and says for what it waits.
 *
 * @throws AlirError what waiting cannot mend: access denied, no namespace, no migration; once the signal is aborted also
 *   that the server is away
 */
export async function whenServerAnswers<T>(
  { say, signal, waitsFor, onWait, everyMs = 1_000, sayAgainMs = 60_000 }: Waiting,
  attempt: () => Promise<T>,
): Promise<T> {
  let saidAt = -Infinity;
  for (;;) {
    try {
      const result = await attempt();
      if (saidAt > -Infinity) say('The server answers.');
      return result;
    } catch (error) {
      if (signal === null || signal.aborted || !isAway(error) || waitsFor?.(error.code) === false)
        throw error;
      if (saidAt === -Infinity) await onWait?.();
      if (performance.now() - saidAt >= sayAgainMs) {
        say(`Waiting for ${servers[error.code] ?? 'Temporal'}: ${error.message} ${remedyOf(error)}`);
        saidAt = performance.now();
      }
    }
    await delay(everyMs, undefined, { signal: signal ?? undefined }).catch(() => undefined); // one last attempt
  }
}

const servers: Partial<Record<ErrorCode, string>> = {
  MYSQL_UNAVAILABLE: 'MySQL',
  KAFKA_UNAVAILABLE: 'Kafka',
};

/**
 * Whether an error says that a server does not answer, which ends by itself when it does. A certificate that is not
 * trusted has the same code, and a remedy of its own.
 */
export function isAway(error: unknown): error is AlirError {
  if (error instanceof TemporalAway) return true;
  return error instanceof AlirError && error.code in servers && error.remedy === error.entry.remedy;
}
