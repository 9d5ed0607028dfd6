import { Broken, type Rule } from './rule.ts';

/** A moment: seconds since 1970 UTC and microseconds within the second. Apart, since together they pass 2^53 in 2255. */
export interface Moment {
  readonly seconds: number;
  readonly micros: number;
}

const notTime = new Broken('must be a time in ISO 8601, or YYYY-MM-DD HH:MM:SS');
const noSuchTime = new Broken('is a time that does not exist');
const outOfRange = new Broken('must lie between 1970 and 9999');

const grammar =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(?:(Z)|([+-])(\d\d):?(\d\d)?)?$/i;
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const lastSecond = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

/** Asia/Jakarta has been seven hours ahead of UTC, without summer time, since 1964. */
export const jakartaMinutes = 420;

/**
 * A time in ISO 8601 or as databases write it; dates that do not exist, 24:00 and leap seconds are refused.
 *
 * Times are held to the microsecond; further digits (nanoseconds of other senders) are left out, not rounded up, so
 * that a time never moves into the next second.
 *
 * @param zoneMinutes offset from UTC of times that are written without a zone
 */
export function time(zoneMinutes: number): Rule<Moment> {
  return (value) => {
    const parts = typeof value === 'string' ? grammar.exec(value.trim()) : null;
    if (parts === null) return notTime;
    const year = Number(parts[1]);
    const month = Number(parts[2]);
    const day = Number(parts[3]);
    const hour = Number(parts[4]);
    const minute = Number(parts[5]);
    const second = parts[6] === undefined ? 0 : Number(parts[6]);
    if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return noSuchTime;
    if (hour > 23 || minute > 59 || second > 59) return noSuchTime;
    const offset = parts[8] ? 0 : parts[9] ? offsetOf(parts[9], parts[10], parts[11]) : zoneMinutes;
    if (offset === null) return noSuchTime;
    if (year < 1969) return outOfRange;
    const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - offset * 60;
    if (seconds < 0 || seconds > lastSecond) return outOfRange;
    return { seconds, micros: parts[7] === undefined ? 0 : Number(parts[7].padEnd(6, '0').slice(0, 6)) };
  };
}

/** `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, as MySQL prints a DATETIME(6). */
export function datetimeText(moment: Moment): string {
  const iso = new Date(moment.seconds * 1000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}.${String(moment.micros).padStart(6, '0')}`;
}

/** Milliseconds since 1970 as a moment. */
export function momentOfMillis(millis: number): Moment {
  const seconds = Math.floor(millis / 1000);
  return { seconds, micros: (millis - seconds * 1000) * 1000 };
}

/** Microseconds since 1970; exact until the year 2255. */
export function microsOf(moment: Moment): number {
  return moment.seconds * 1_000_000 + moment.micros;
}

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : (monthDays[month - 1] ?? 0);
}

/** Minutes ahead of UTC; null for an offset that no place has ever had. */
function offsetOf(sign: string, hours = '00', minutes = '00'): number | null {
  const total = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || total > 14 * 60) return null;
  return sign === '-' ? -total : total;
}
