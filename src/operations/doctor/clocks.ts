import { problem, warning, type Finding, type Trouble } from './check.ts';

/** How far the clock of a server is ahead of ours (milliseconds). */
export interface Skew {
  readonly aheadMs: number;
  /** As far as it may be wrong: half the time that asking took. */
  readonly uncertainMs: number;
}

const noticedMs = 2_000;
const badMs = 60_000;

/** SQL of a MySQL server's time: milliseconds since 1970. */
export const serverTime = 'ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000)';

/** @param query asks a MySQL server; its errors are this function's */
export async function measureSkew(query: (sql: string) => Promise<{ now: unknown }[]>): Promise<Skew> {
  const before = Date.now();
  const [row] = await query(`SELECT ${serverTime} AS now`);
  const after = Date.now();
  return { aheadMs: Math.round(Number(row?.now) - (before + after) / 2), uncertainMs: (after - before) / 2 };
}

/** Null: the clocks agree, as far as can be told. */
export function skewTrouble(server: string, { aheadMs, uncertainMs }: Skew): Trouble | null {
  if (Math.abs(aheadMs) - uncertainMs <= noticedMs) return null;
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  return {
    found: `The clock of ${server} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the clock of this machine.`,
    means:
      'Lag in seconds, --since and the order of changes from two producers are wrong by the same amount.',
    todo: 'Let a time service (NTP) set the clocks of all machines; restart Docker Desktop if its computer was asleep.',
  };
}

export function judgeSkew(server: string, skew: Skew): Finding | null {
  const trouble = skewTrouble(server, skew);
  if (trouble === null) return null;
  return Math.abs(skew.aheadMs) - skew.uncertainMs > badMs ? problem(trouble) : warning(trouble);
}
