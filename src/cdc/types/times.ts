import type { JsonValue } from '../json/exact-number.ts';
import { Broken, type ColumnType } from './column-type.ts';

const notDate = new Broken('must be a date, YYYY-MM-DD');
const notDateTime = new Broken('must be a date and time, YYYY-MM-DD HH:MM:SS');
const notTime = new Broken('must be a time, HH:MM:SS');
const tooFine = new Broken('has more digits of a second than its column');

const dateGrammar = /^\d{4}-\d\d-\d\d$/;
const dateTimeGrammar = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/;
const timeGrammar = /^(-?)0?(\d{2,3}:[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?$/;

const zeroInDate = [
  'Live, a date with month or day 0 becomes the zero date.',
  'A bootstrap that meets such a date never ends.',
];

/** DATE: `YYYY-MM-DD`, zero dates too. */
export const date: ColumnType = {
  textOf: (value) => (typeof value === 'string' && dateGrammar.test(value) ? value : notDate),
  writtenAsNull: () => '0000-00-00',
  key: (text) => `CAST(${text} AS DATE)`,
  losses: ({ isNullable }) => [
    ...(isNullable ? ['A bootstrap of Maxwell 1.22 makes NULL of a zero date.'] : []),
    ...zeroInDate,
  ],
};

/** DATETIME(n) and TIMESTAMP(n): `YYYY-MM-DD HH:MM:SS` and n digits of a second, in UTC; zero dates too. */
export const dateTime: ColumnType = {
  textOf(value, { scale }) {
    const [, seconds, digits = ''] = match(dateTimeGrammar, value) ?? [];
    return seconds === undefined ? notDateTime : withFraction(seconds, digits, scale ?? 0);
  },
  writtenAsNull: ({ scale }) => withFraction('0000-00-00 00:00:00', '', scale ?? 0) as string,
  key: (text, { scale }) => `CAST(${text} AS DATETIME(${scale ?? 0}))`,
  losses: ({ dataType, isNullable, scale }) => [
    ...(isNullable ? ['A bootstrap makes NULL of a zero date.'] : []),
    ...(dataType === 'datetime' ? zeroInDate : []),
    'A bootstrap shifts times when MySQL, Maxwell and its connection are not all in UTC.',
    ...(scale ? ['From MariaDB the digits of a second may be lost.'] : []),
  ],
};

/** TIME(n): hours to seconds and n digits of a second. */
export const time: ColumnType = {
  textOf(value, { scale }) {
    const [, sign = '', seconds, digits = ''] = match(timeGrammar, value) ?? [];
    if (seconds === undefined) return notTime;
    const text = withFraction(seconds, digits, scale ?? 0);
    return text instanceof Broken || !/[1-9]/.test(text) ? text : sign + text;
  },
  key: (text, { scale }) => `CAST(${text} AS TIME(${scale ?? 0}))`,
  losses: () => [
    'Live values below zero or from 24:00:00 up become another time of the day.',
    'A bootstrap that meets such a time never ends.',
  ],
};

function match(grammar: RegExp, value: NonNullable<JsonValue>): RegExpExecArray | null {
  return typeof value === 'string' ? grammar.exec(value) : null;
}

/** MySQL would round further digits, and print what is missing as zeros. */
function withFraction(seconds: string, digits: string, scale: number): string | Broken {
  if (/[1-9]/.test(digits.slice(scale))) return tooFine;
  return scale === 0 ? seconds : `${seconds}.${digits.slice(0, scale).padEnd(scale, '0')}`;
}
