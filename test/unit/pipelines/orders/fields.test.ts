import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  emailAddress,
  phoneNumber,
  phoneNumberByLibrary,
} from '../../../../src/pipelines/orders/fields/contact.ts';
import {
  add,
  decimal,
  decimalText,
  multiply,
  roundHalfUp,
  scaledText,
  type Decimal,
} from '../../../../src/pipelines/orders/fields/decimal.ts';
import { currencies } from '../../../../src/pipelines/orders/fields/money.ts';
import { Broken } from '../../../../src/cdc/types/column-type.ts';
import { datetimeText, time, type Moment } from '../../../../src/pipelines/orders/fields/time.ts';
import { unsigned64 } from '../../../../src/pipelines/orders/fields/whole.ts';

const decimalTexts = fc
  .tuple(fc.stringMatching(/^\d{1,25}$/), fc.stringMatching(/^\d{0,25}$/))
  .map(([whole, fraction]) => (fraction ? `${whole}.${fraction}` : whole));
const read = (text: string): Decimal => decimal(text) as Decimal;

Big.DP = 60;
Big.PE = 1000;
Big.NE = -1000;

describe('decimals are exact', () => {
  test('sums and products agree with big.js', () => {
    fc.assert(
      fc.property(decimalTexts, decimalTexts, (a, b) => {
        expect(decimalText(add(read(a), read(b)), 0)).toBe(new Big(a).plus(b).toFixed());
        expect(decimalText(multiply(read(a), read(b)), 0)).toBe(new Big(a).times(b).toFixed());
      }),
    );
  });

  test('rounding half up agrees with big.js', () => {
    fc.assert(
      fc.property(decimalTexts, fc.nat(4), (text, places) => {
        const rounded = scaledText(roundHalfUp(read(text), places), places);
        expect(rounded).toBe(new Big(text).toFixed(places, Big.roundHalfUp));
      }),
    );
  });

  test.each([
    ['1E+3', '1000'],
    ['0E-30', '0'],
    ['1.5e-2', '0.015'],
    ['-0', '0'],
    ['007', '7'],
  ])('%s is %s', (text, expected) => {
    expect(decimalText(read(text), 0)).toBe(expected);
  });

  test.each([
    '',
    '.5',
    '5.',
    '1,5',
    '+1',
    '0x10',
    'NaN',
    'Infinity',
    '1e',
    '٣',
    '1 000',
    '-1',
    '1e999',
    '9'.repeat(81),
  ])('refuses %j', (text) => {
    expect(decimal(text)).toBeInstanceOf(Broken);
  });
});

describe('64-bit ids', () => {
  test('every one is kept, none beyond is taken', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 65n), (id) => {
        const result = unsigned64(id.toString());
        if (id < 2n ** 64n) expect(result).toBe(id.toString());
        else expect(result).toBeInstanceOf(Broken);
      }),
    );
  });
});

describe('times', () => {
  const jakarta = time(420);
  const moments = fc.date({
    min: new Date('1970-01-02T00:00:00Z'),
    max: new Date('9999-12-30T00:00:00Z'),
    noInvalidDate: true,
  });

  test('written with any offset are the same moment', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offset) => {
        const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 23);
        const zone = `${offset < 0 ? '-' : '+'}${new Date(Math.abs(offset) * 60_000).toISOString().slice(11, 16)}`;
        const text = datetimeText(jakarta(local + zone) as Moment);
        expect(text).toBe(`${date.toISOString().slice(0, 23).replace('T', ' ')}000`);
      }),
    );
  });

  test('without a zone are those of Jakarta as the engine knows it', () => {
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Asia/Jakarta',
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    fc.assert(
      fc.property(moments, (date) => {
        const seconds = Math.floor(date.getTime() / 1000);
        expect(jakarta(format.format(date))).toEqual({ seconds, micros: 0 });
      }),
    );
  });

  test.each([
    '2024-02-29 00:00:00',
    '2000-02-29 00:00:00',
    '2026-12-31T23:59:59.999999Z',
    '2026-01-01T00:00Z',
  ])('takes %s', (text) => {
    expect(jakarta(text)).not.toBeInstanceOf(Broken);
  });

  test.each([
    '2023-02-29 00:00:00', '1900-02-29 00:00:00', '2026-04-31 00:00:00', '2026-00-10 00:00:00', '2026-13-01 00:00:00',
    '2026-01-00 00:00:00', '2026-01-01 00:60:00', '2026-01-01 00:00:60', '2026-01-01', '2026-1-1 00:00:00', '',
    '9999-12-31T23:59:59-01:00', '10000-01-01T00:00:00Z', '2026-01-01T00:00:00+07:60', '2026-01-01T00:00:00 WIB',
  ])('refuses %j', (text) => {
    expect(jakarta(text)).toBeInstanceOf(Broken);
  }); // prettier-ignore
});

describe('contacts', () => {
  test('an Indonesian mobile number is what libphonenumber makes of it, however it is written', () => {
    const numbers = fc.tuple(
      fc.constantFrom('+62', '62', '0', '+620', '8', ''),
      fc.stringMatching(/^\d{5,14}$/),
      fc.constantFrom('', '-', ' ', '.', ' - '),
      fc.nat(12),
    );
    fc.assert(
      fc.property(numbers, ([prefix, digits, gap, at]) => {
        const text = prefix + digits.slice(0, at) + gap + digits.slice(at);
        expect(phoneNumber(text)).toBe(phoneNumberByLibrary(text));
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['a@b.id', 'a@b.id'],
    ['A+x@B.ID', 'a+x@b.id'],
    ['a@b', null],
    ['@b.id', null],
    ['a@@b.id', null],
    ['a@.id', null],
    ['a@b..id', null],
    ['a b@c.id', null],
  ])('the address %s becomes %s', (text, expected) => {
    expect(emailAddress(text)).toBe(expected);
  });
});

test('every listed currency has at most two decimals by ISO 4217, and none of the others is listed', () => {
  const threeOrMore = ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND', 'CLF', 'UYW', 'XXX', 'XTS'];
  expect(currencies.filter((code) => threeOrMore.includes(code))).toEqual([]);
  expect(new Set(currencies).size).toBe(currencies.length);
  const known = new Set(Intl.supportedValuesOf('currency'));
  // VED, the digital bolivar, is in ISO 4217 and not in CLDR.
  expect(currencies.filter((code) => !known.has(code))).toEqual(['VED']);
});
