import { type Rule } from './rule.ts';
import { Broken } from '../../../cdc/types/column-type.ts';

/** A moment: seconds since 1970 UTC and microseconds within the second. Apart, since together they pass 2^53 in 2255. */
export interface Moment {
  readonly seconds: number;
  readonly micros: number;
}

const notTime = new Broken('must be a time in ISO 8601, or YYYY-MM-DD HH:MM:SS');
const noSuchTime = new Broken('is a time that does not exist');
const outOfRange = new Broken('must lie between 1970 and 9999');

const grammar = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)? ?(?:Z|[+-]\d\d(?::?\d\d)?)?$/i;
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
    const text = typeof value === 'string' ? value.trim() : '';
    if (!grammar.test(text)) return notTime;
    const year = digits(text, 0, 4);
    const month = digits(text, 5, 2);
    const day = digits(text, 8, 2);
    const hour = digits(text, 11, 2);
    const minute = digits(text, 14, 2);
    const { second, micros, zone } = readRest(text);
    if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return noSuchTime;
    if (hour > 23 || minute > 59 || second > 59) return noSuchTime;
    const offset = zone === '' ? zoneMinutes : offsetOf(zone);
    if (offset === null) return noSuchTime;
    if (year < 1969) return outOfRange;
    const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - offset * 60;
    if (seconds < 0 || seconds > lastSecond) return outOfRange;
    return { seconds, micros };
  };
}

/** Whether a time that `time` reads names its zone. */
export function namesZone(text: string): boolean {
  return readRest(text.trim()).zone !== '';
}

/** `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, as MySQL prints a DATETIME(6). */
export function datetimeText({ seconds, micros }: Moment): string {
  const inDay = seconds % 86_400;
  const hour = twoDigits[Math.floor(inDay / 3600)];
  const minute = twoDigits[Math.floor(inDay / 60) % 60];
  return `${dateText((seconds - inDay) / 86_400)} ${hour}:${minute}:${twoDigits[inDay % 60]}.${String(micros).padStart(6, '0')}`;
}

const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** The last date that was written: neighbours are of one day, and a Date is costly to print. */
let lastDay = 0;
let lastDate = '1970-01-01';

function dateText(daysSince1970: number): string {
  if (daysSince1970 !== lastDay) {
    lastDate = new Date(daysSince1970 * 86_400_000).toISOString().slice(0, 10);
    lastDay = daysSince1970;
  }
  return lastDate;
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

/** What follows the minutes in a text of the grammar: everything there is optional. */
function readRest(text: string): { second: number; micros: number; zone: string } {
  let position = 16;
  let second = 0;
  let micros = 0;
  if (text.charCodeAt(position) === colon) {
    second = digits(text, 17, 2);
    position = 19;
    const mark = text[position];
    if (mark === '.' || mark === ',') {
      let unit = 100_000;
      for (position++; isDigit(text.charCodeAt(position)); position++) {
        micros += digits(text, position, 1) * unit;
        unit = Math.floor(unit / 10);
      }
    }
  }
  if (text[position] === ' ') position++;
  return { second, micros, zone: text.slice(position) };
}

const colon = 58;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** A number of `count` digits; groups of a regular expression would be six texts more for every time. */
function digits(text: string, from: number, count: number): number {
  let number = 0;
  for (let i = from; i < from + count; i++) number = number * 10 + text.charCodeAt(i) - 48;
  return number;
}

/** Minutes ahead of UTC of `Z`, `+hh`, `+hhmm` or `+hh:mm`; null for an offset that no place has ever had. */
function offsetOf(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const minutes = zone.length > 3 ? digits(zone, zone.length - 2, 2) : 0;
  const total = digits(zone, 1, 2) * 60 + minutes;
  if (minutes > 59 || total > 14 * 60) return null;
  return zone.startsWith('-') ? -total : total;
}
