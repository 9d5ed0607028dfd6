import { setTimeout as delay } from 'node:timers/promises';
import type { MysqlAddress } from '../config/load-config.ts';
import { hasMaxwellPassed } from '../replica/maxwell-position.ts';
import { askBinlogEnd } from '../replica/source-server.ts';

/** Where the changes of a table are on their way to the replica. */
export interface Flight {
  readonly source: MysqlAddress;
  /** The offsets that the next changes get in the partitions of the table's topic. */
  readonly ends: () => Promise<readonly number[]>;
  /** The first offset of each partition that is not in the replica yet. */
  readonly applied: () => Promise<readonly number[]>;
  readonly signal: AbortSignal;
}

const lookEveryMs = 300;

/**
 * Waits until all that the source has committed by now is in the replica.
 *
 * @param withinMs how long at most
 * @returns whether it is
 * @throws NotVisible where that cannot be seen; AlirError MYSQL_*, KAFKA_*
 */
export async function settle(flight: Flight, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  const until = async (arrived: () => Promise<boolean>): Promise<boolean> => {
    while (!(await arrived())) {
      if (performance.now() >= deadline) return false;
      await delay(lookEveryMs);
      flight.signal.throwIfAborted();
    }
    return true;
  };
  const position = await askBinlogEnd(flight.source);
  if (position !== null && !(await until(() => hasMaxwellPassed(flight.source, position)))) return false;
  const ends = await flight.ends();
  return until(async () => {
    const applied = await flight.applied();
    return ends.every((end, partition) => (applied[partition] ?? 0) >= end);
  });
}
