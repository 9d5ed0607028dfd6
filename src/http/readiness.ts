import { setTimeout as delay } from 'node:timers/promises';

/** Something that a process needs, by name. A check throws a sentence when it is not there. */
export type ReadyChecks = Readonly<Record<string, () => Promise<unknown>>>;

export interface Readiness {
  readonly ready: boolean;
  /** 'ok', or why not. */
  readonly checks: Readonly<Record<string, string>>;
}

/** Below the time-out that orchestrators commonly give a probe. */
export const checkLimitMs = 4_000;

/** Runs all checks at the same time. One that does not answer within the limit has failed. */
export async function readReadiness(checks: ReadyChecks, limitMs = checkLimitMs): Promise<Readiness> {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await answerOf(check, limitMs)] as const),
  );
  return { ready: answers.every(([, answer]) => answer === 'ok'), checks: Object.fromEntries(answers) };
}

async function answerOf(check: () => Promise<unknown>, limitMs: number): Promise<string> {
  const ended = new AbortController();
  const tooLate = delay(limitMs, `no answer within ${limitMs / 1000} s`, { signal: ended.signal });
  try {
    return await Promise.race([check().then(() => 'ok'), tooLate]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    tooLate.catch(() => undefined);
    ended.abort();
  }
}
