import type { ScheduleSpec } from '@temporalio/client';
import { checkZone } from '../../backfill/parse-time.ts';
import { AlirError } from '../../errors/alir-error.ts';

/** When a schedule runs. */
export interface ScheduleTimes {
  readonly spec: ScheduleSpec;
  /** For people: "every 6h", "at 02:30 Asia/Jakarta". */
  readonly when: string;
}

export interface TimeFlags {
  readonly every?: string;
  readonly at?: string;
  /** IANA name; of `at`. */
  readonly zone?: string;
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A table of some size is not compared faster than this, and its databases have other work. */
const leastMinutes = 5;

/**
 * Reads `--every 6h`, or `--at 02:30` of every day in a zone.
 *
 * @param usualZone where `--zone` is not given
 * @throws AlirError USAGE
 */
export function parseTimes({ every, at, zone }: TimeFlags, usualZone: string): ScheduleTimes {
  if ((every === undefined) === (at === undefined))
    throw usage(every === undefined ? '--every or --at is missing.' : '--every and --at do not go together.');
  if (at === undefined) {
    if (zone !== undefined) throw usage('--zone needs --at: an interval has no zone.');
    return interval(every ?? '');
  }
  const [, hour, minute] = /^(\d\d?):(\d\d)$/.exec(at.trim()) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59)
    throw usage(`--at ${at} is not a time of day.`);
  const timezone = zone ?? usualZone;
  checkZone(timezone);
  return {
    spec: { calendars: [{ hour: Number(hour), minute: Number(minute) }], timezone },
    when: `at ${hour.padStart(2, '0')}:${minute} ${timezone}`,
  };
}

function interval(text: string): ScheduleTimes {
  const [, amount, unit] = /^(\d+)([mhd])$/.exec(text.trim()) ?? [];
  const every = Number(amount) * (unitMs[unit ?? ''] ?? NaN);
  if (!Number.isSafeInteger(every)) throw usage(`--every ${text} is not an interval.`);
  if (every < leastMinutes * 60_000)
    throw usage(`--every ${text} is too often: the shortest interval is ${leastMinutes}m.`);
  return { spec: { intervals: [{ every }] }, when: `every ${amount}${unit}` };
}

function usage(message: string): AlirError {
  return new AlirError('USAGE', message, {
    remedy: 'Write --every 30m, 6h or 1d, or --at 02:30 for every day at that time.',
  });
}
