import type { Random } from '../../src/lab/simulator/random.ts';
import { whole, type Make } from './values.ts';

const day = 86_400_000;
/** From here on the calendars of MySQL and Java agree. */
const firstDay = Date.UTC(1583, 0, 1);
const lastDay = Date.UTC(9999, 11, 31);

/** `YYYY-MM-DD`. */
export const date: Make = (random) => isoOf(dayOf(random)).slice(0, 10);

/** `YYYY-MM-DD HH:MM:SS` with `digits` of a fraction. */
export function datetime(digits: 0 | 3 | 6): Make {
  return (random) => timeText(dayOf(random) + random.whole(day / 1000) * 1000, digits, random);
}

/** The same within what a TIMESTAMP holds, in UTC. */
export function timestamp(digits: 0 | 6): Make {
  return (random) => {
    const second = random.chance(0.2) ? random.pick([1, 2 ** 31 - 1]) : 1 + random.whole(2 ** 31 - 1);
    return timeText(second * 1000, digits, random);
  };
}

function dayOf(random: Random): number {
  if (random.chance(0.2)) return random.pick([firstDay, lastDay, 0, -day, Date.UTC(2024, 1, 29)]);
  const [from, to] = random.chance(0.5) ? [firstDay, lastDay] : [Date.UTC(2020, 0, 1), Date.UTC(2027, 0, 1)];
  return from + random.whole((to - from) / day) * day;
}

function isoOf(millis: number): string {
  return new Date(millis).toISOString().replace('T', ' ').slice(0, 19);
}

function timeText(millis: number, digits: 0 | 3 | 6, random: Random): string {
  if (digits === 0) return isoOf(millis);
  const micros = random.chance(0.3) ? random.pick([0, 1, 1000, 999_000, 999_999]) : random.whole(1_000_000);
  return `${isoOf(millis)}.${String(micros).padStart(6, '0').slice(0, digits)}`;
}

/** Members of a SET, in any order; the empty set too. */
export function setOf(...members: readonly string[]): Make {
  return (random) => members.filter(() => random.chance(0.4)).join(',');
}

/** `POINT(x y)` with at most six decimals, as people write coordinates. */
export const point: Make = (random) => {
  const coordinate = (limit: number) => (random.whole(limit * 2_000_000) - limit * 1_000_000) / 1_000_000;
  return `POINT(${coordinate(180)} ${coordinate(90)})`;
};

const jsonTexts = ['', 'é', '😀', '"', '\\', '\u0001', '\n', '/', 'null', '1.10', 'a b'];
const jsonNumbers = [
  '0',
  '-1',
  '1.5',
  '1.10',
  '0.000001',
  '9007199254740993',
  '18446744073709551615',
  '1e20',
];
const wholeNumber = whole(-(2n ** 63n), 2n ** 63n - 1n);

/** A JSON object or list as text. Its numbers have at most 15 digits behind a point: MySQL reads those exactly. */
export const document: Make = (random) => (random.chance(0.5) ? jsonObject(random, 3) : jsonList(random, 3));

function jsonValue(random: Random, depth: number): string {
  const kind = random.whole(depth > 0 ? 7 : 5);
  if (kind === 0) return random.pick(['null', 'true', 'false']);
  if (kind === 1) return random.pick(jsonNumbers);
  if (kind === 2) return String(wholeNumber(random, 0));
  if (kind <= 4) return JSON.stringify(random.pick(jsonTexts) + random.pick(jsonTexts));
  return kind === 5 ? jsonObject(random, depth - 1) : jsonList(random, depth - 1);
}

function jsonObject(random: Random, depth: number): string {
  const names = ['b', 'a', 'nama', 'é😀', '', 'x y', 'panjang'].filter(() => random.chance(0.4));
  return `{${names.map((name) => `${JSON.stringify(name)}: ${jsonValue(random, depth)}`).join(', ')}}`;
}

function jsonList(random: Random, depth: number): string {
  return `[${Array.from({ length: random.whole(4) }, () => jsonValue(random, depth)).join(', ')}]`;
}
