import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `rows` rows are no more than a rate allows.
 *
 * @param began when the first of them was asked for, milliseconds since 1970
 * @param perSecond rows per second; null: no limit
 */
export async function keepToRate(
  rows: number,
  began: number,
  perSecond: number | null,
  signal: AbortSignal,
): Promise<void> {
  if (perSecond === null) return;
  const ahead = (1000 * rows) / perSecond - (Date.now() - began);
  if (ahead > 0) await delay(ahead, undefined, { signal }).catch(() => undefined);
}
