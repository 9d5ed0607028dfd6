import type { ScheduleSpec } from '@temporalio/client';
import { checkZone } from '../../backfill/parse-time.ts';
import { field, request, RequestError } from '../../errors/request-error.ts';

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
 * Reads an interval such as `6h`, or a time such as `02:30` of every day in a zone.
 *
 * @param usualZone where no zone is given
 * @throws RequestError
 */
export function parseTimes({ every, at, zone }: TimeFlags, usualZone: string): ScheduleTimes {
  if (every !== undefined && at !== undefined)
    throw wrong`${field('every')} and ${field('at')} do not go together.`;
  if (every !== undefined) {
    if (zone !== undefined) throw wrong`${field('zone')} needs ${field('at')}: an interval has no zone.`;
    return interval(every);
  }
  if (at === undefined) throw wrong`${field('every')} or ${field('at')} is missing.`;
  const [, hour, minute] = /^(\d\d?):(\d\d)$/.exec(at.trim()) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59)
    throw wrong`${field('at')} ${at} is not a time of day.`;
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
  if (!Number.isSafeInteger(every)) throw wrong`${field('every')} ${text} is not an interval.`;
  if (every < leastMinutes * 60_000)
    throw wrong`${field('every')} ${text} is too often: the shortest interval is ${leastMinutes}m.`;
  return { spec: { intervals: [{ every }] }, when: `every ${amount}${unit}` };
}

function wrong(...sentence: Parameters<typeof request>): RequestError {
  return new RequestError(request(...sentence), {
    remedy: 'Write --every 30m, 6h or 1d, or --at 02:30 for every day at that time.',
  });
}
