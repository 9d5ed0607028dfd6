import { randomBytes } from 'node:crypto';
import type { ErrorCode } from '../../src/errors/catalogue.ts';

/** Personal data that bad records carry: it may stand in their own bytes, and in no reason, log line or history. */
export const secret = 'rahasia';

/** Where one record must end, and nowhere else. */
export type Ending =
  | { readonly at: 'table'; readonly row: Readonly<Record<string, string | null>> }
  | { readonly at: 'gone' } // a delete: counted as loaded, no row, nothing published
  | { readonly at: 'ignored' }
  | { readonly at: 'dead'; readonly code: ErrorCode; readonly reason: RegExp };

export interface InputCase {
  readonly name: string;
  readonly key?: string | Buffer;
  readonly value: string | Buffer | null;
  readonly ending: Ending;
}

const ordered = '2026-11-23T08:15:00+07:00';
const dead = (name: string, value: string | Buffer | null, code: ErrorCode, reason: RegExp): InputCase => ({
  name,
  value,
  ending: { at: 'dead', code, reason },
});
/** A good order but for some of its fields; `fields` are JSON texts, so that numbers stay as they are written. */
const spoilt = (
  name: string,
  fields: Record<string, string>,
  reason: RegExp,
  code: ErrorCode = 'ORDER_INVALID',
) => dead(name, order('900', fields), code, reason);

export function order(id: string, fields: Record<string, string> = {}): string {
  const all = {
    id,
    customer_email: `"${secret}@kampus.ac.id"`,
    total: '"10.00"',
    ordered_at: `"${ordered}"`,
    ...fields,
  };
  return `{${Object.entries(all)
    .filter(([, json]) => json !== '')
    .map(([name, json]) => `${JSON.stringify(name)}: ${json}`)
    .join(', ')}}`;
}

function maxwell(table: string, type: string, rest: string, database = 'app_producer'): string {
  return `{"database": "${database}", "table": "${table}", "type": "${type}", "ts": 1795396591, ${rest}}`;
}
const rowOf = (id: string) =>
  `{"id": ${id}, "order_no": "WEB-1", "customer_id": 3, "status": "paid", "currency": "IDR", "total": 35000.10, ` +
  '"item_count": 3, "weight_grams": 800, "ordered_at": "2026-11-23 01:15:00.000", "updated_at": "2026-11-23 01:16:30.250"}';

const notObject = /not an object/;
const id = /^id: /;

/** Records that must end in the dead letters. */
export const poison: readonly InputCase[] = [
  dead('an empty value', '', 'RECORD_EMPTY', /empty/),
  dead('a tombstone without key', null, 'RECORD_EMPTY', /no key/),
  { ...dead('a tombstone of nobody', null, 'RECORD_EMPTY', /neither/), key: `pelanggan-${secret}` },
  dead('invalid UTF-8', Buffer.from(order('901'), 'utf8').fill(0xff, 30, 32), 'RECORD_NOT_UTF8', /UTF-8/),
  dead('JSON that is cut off', order('902').slice(0, -9), 'RECORD_NOT_JSON', /character \d+ of \d+/),
  dead('no JSON at all', `${secret} <order/>`, 'RECORD_NOT_JSON', /not JSON/),
  dead('200,000 levels', `{"id": 903, "x": ${'['.repeat(200_000)}`, 'RECORD_NOT_JSON', /deeper than/),
  dead('a list', `[${order('904')}]`, 'RECORD_NOT_OBJECT', notObject),
  dead('a text', `"${secret}"`, 'RECORD_NOT_OBJECT', notObject),
  dead('a number', '9007199254740993', 'RECORD_NOT_OBJECT', notObject),
  dead('null', 'null', 'RECORD_NOT_OBJECT', notObject),
  dead('a key twice', order('905').replace('}', ', "total": "11.00"}'), 'RECORD_DUPLICATE_KEY', /twice/),
  spoilt('a key twice deep inside', { meta: '{"a": 1, "\\u0061": 1}' }, /twice/, 'RECORD_DUPLICATE_KEY'),
  spoilt('no id', { id: '' }, id),
  spoilt('an id that is a word', { id: `"${secret}"` }, id),
  spoilt('an id that is true', { id: 'true' }, id),
  spoilt('a negative id', { id: '-1' }, id),
  spoilt('an id beyond 64 bits', { id: '18446744073709551616' }, id),
  spoilt('an id with a fraction', { id: '906.5' }, id),
  spoilt('a status that is a number', { status: '1' }, /^status: /),
  spoilt('an unknown status', { status: `"${secret}"` }, /^status: /),
  spoilt('items that are an object', { items: '{"0": {}}' }, /^items: must be a list/),
  spoilt('an item that is a text', { items: `["${secret}"]` }, /^items\[0\]: /),
  spoilt('a quantity in words', { items: '[{"qty": "dua", "price": 1}]' }, /^items\[0\]\.qty: /),
  spoilt('a negative quantity', { items: '[{"qty": -2, "price": 1}]' }, /^items\[0\]\.qty: /),
  spoilt('a negative price', { items: '[{"qty": 1, "price": "-0.01"}]' }, /^items\[0\]\.price: /),
  spoilt(
    'a sum beyond its column',
    { items: '[{"qty": 2, "price": "999999999999999999"}]' },
    /^items: their sum/,
  ),
  spoilt('a negative total', { total: '-0.01' }, /^total: /),
  spoilt('an absurd total', { total: '1000000000000000000.00' }, /^total: must be below/),
  spoilt('a total of 10^400', { total: '1e400' }, /^total: /),
  spoilt('a total of three decimals', { total: '"0.125"' }, /^total: .*two decimals/),
  spoilt('neither total nor items', { total: '' }, /^total: required/),
  spoilt('an unknown currency', { currency: '"XQX"' }, /^currency: /),
  spoilt('a currency of three decimals', { currency: '"KWD"' }, /^currency: /),
  spoilt('the 30th of February', { ordered_at: '"2026-02-30T10:00:00+07:00"' }, /^ordered_at: /),
  spoilt('no leap year', { ordered_at: '"2027-02-29 10:00:00"' }, /^ordered_at: /),
  spoilt('a date of zeros', { updated_at: '"0000-00-00 00:00:00"' }, /^updated_at: /),
  spoilt('25 o’clock', { updated_at: '"2026-11-23T25:00:00Z"' }, /^updated_at: /),
  spoilt('the year 2199', { updated_at: '"2199-01-01T00:00:00Z"' }, /24 h after/, 'ORDER_FROM_FUTURE'),
  spoilt(
    'a number of 65 letters',
    { order_no: `"${secret.padEnd(65, 'x')}"` },
    /^column order_no is too long$/,
    'ROW_REJECTED',
  ),
  spoilt(
    'an e-mail address of 300 letters',
    { customer_email: `"${secret.padEnd(290, 'x')}@kampus.ac.id"` },
    /^column customer_email is too long$/,
    'ROW_REJECTED',
  ),
  dead(
    'a partial row of Maxwell',
    maxwell('orders', 'update', '"data": {"id": 907, "status": "paid"}, "old": {}'),
    'ORDER_INVALID',
    /total: required/,
  ),
  dead(
    'a change of Maxwell without data',
    maxwell('orders', 'insert', '"xid": 1'),
    'ENVELOPE_INVALID',
    /data/,
  ),
];

/** Records of somebody else. */
export const foreign: readonly InputCase[] = [
  {
    name: 'another table',
    value: maxwell('products', 'insert', `"data": {"id": 1, "name": "${secret}"}`),
    ending: { at: 'ignored' },
  },
  {
    name: 'another database',
    value: maxwell('orders', 'insert', `"data": ${rowOf('908')}`, 'app_test'),
    ending: { at: 'ignored' },
  },
  {
    name: 'a changed table',
    value: maxwell('orders', 'table-alter', '"old": {}, "def": {}'),
    ending: { at: 'ignored' },
  },
  {
    name: 'a bootstrap mark',
    value: maxwell('orders', 'bootstrap-start', '"data": {}'),
    ending: { at: 'ignored' },
  },
  {
    name: 'the tombstone of another table',
    key: '{"database":"app_producer","table":"products","pk.id":910}',
    value: null,
    ending: { at: 'ignored' },
  },
];

const good = (name: string, json: string, row: Record<string, string | null>): InputCase => ({
  name,
  value: json,
  ending: { at: 'table', row },
});

/** Orders at the edge of what is allowed: every digit and letter arrives. */
export const hardButGood: readonly InputCase[] = [
  good('an id beyond 2^53', order('9007199254740993'), { id: '9007199254740993' }),
  good('the largest id, as a number', order('18446744073709551615'), { id: '18446744073709551615' }),
  good('the id before, as a text', order('"18446744073709551614"'), { id: '18446744073709551614' }),
  good('the largest total, as a number', order('1001', { total: '999999999999999999.99' }), {
    total: '999999999999999999.99',
  }),
  good(
    'prices of 20 decimals',
    order('1002', {
      total: '',
      items:
        '[{"qty": 1000000000, "price": 0.00499999999999999999}, {"qty": 1, "price": "0.00500000000000000001"}]',
    }),
    { total: '5000000.00' },
  ),
  good(
    'numbers of 30 digits in an unknown field',
    order('1003', { berat: '123456789012345678901234567890.123' }),
    { total: '10.00' },
  ),
  good('64 letters of four bytes', order('1004', { order_no: `"${'🙏'.repeat(64)}"` }), {
    order_no: '🙏'.repeat(64),
  }),
  good('a leap day', order('1005', { ordered_at: '"2028-02-29 06:00:00"' }), {
    ordered_at: '2028-02-28 23:00:00.000000',
  }),
  good('quotes, backslashes, line ends', order('1006', { order_no: '"\\"\\\\ \'; DROP\\n\\u0000--"' }), {
    order_no: '"\\ \'; DROP --',
  }),
  good(
    'an e-mail address and a phone number that are none',
    order('1007', { customer_email: '"@"', customer_phone: '"x"' }),
    {
      customer_email: null,
      customer_phone: null,
    },
  ),
  good('a byte order mark', `\ufeff${order('1008')}`, { total: '10.00' }),
  good(
    'a total that its items contradict',
    order('1009', { items: '[{"qty": 3, "price": "2.50", "weight": 0.4, "weight_unit": "kg"}]' }),
    {
      total: '7.50',
      stated_total: '10.00',
      total_matches: '0',
      weight_grams: '1200',
    },
  ),
  good('a row of Maxwell', maxwell('orders', 'insert', `"data": ${rowOf('1010')}`), {
    total: '35000.10',
    updated_at: '2026-11-23 01:16:30.250000',
  }),
  { name: 'a tombstone of an order that never was', key: '1011', value: null, ending: { at: 'gone' } },
];

/** A text that no codec makes smaller. */
const noise = (bytes: number) =>
  `"${randomBytes(Math.ceil(bytes * 0.75))
    .toString('base64')
    .slice(0, bytes)}"`;

/** As large as a message can be in a topic of default size (1,048,588 bytes, framing included). */
export const large: readonly InputCase[] = [
  dead(
    'an order too large for its enriched message',
    order('911', { note: noise(1_040_000) }),
    'MESSAGE_TOO_LARGE',
    /1000000 bytes/,
  ),
  dead('poison of a megabyte', `{"id": 912, "note": ${noise(1_040_000)}`, 'RECORD_NOT_JSON', /breaks at/),
  good('an order of 950,000 bytes', order('1012', { note: noise(950_000) }), { total: '10.00' }),
];

export const goodNeighbour = (number: number): InputCase =>
  good(`good neighbour ${number}`, order(String(5000 + number)), { total: '10.00' });
