import { describe, expect, test } from 'vitest';
import { planRequest } from '../../../src/backfill/request.ts';
import { selectorOf } from '../../../src/backfill/selector.ts';
import { parseRequest } from '../../../src/errors/parse-request.ts';

const now = Date.parse('2026-11-25T10:00:00Z');
const parse = (asked: Record<string, unknown>, usualZone = 'Asia/Jakarta') =>
  selectorOf(parseRequest(planRequest, { pipeline: 'cdc', ...asked }), { now, usualZone });

const gtids = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

describe('times', () => {
  test.each([
    ['2026-11-25T08:00', '2026-11-25T01:00:00Z'],
    ['2026-11-25 08:00:30', '2026-11-25T01:00:30Z'],
    ['2026-11-25T08:00Z', '2026-11-25T08:00:00Z'],
    ['2026-11-25T08:00+02:00', '2026-11-25T06:00:00Z'],
    ['2026-11-24', '2026-11-23T17:00:00Z'],
    ['90s', '2026-11-25T09:58:30Z'],
    ['15m', '2026-11-25T09:45:00Z'],
    ['2h', '2026-11-25T08:00:00Z'],
    ['3d', '2026-11-22T10:00:00Z'],
  ])('%s is %s', (since, expected) => {
    expect(parse({ since }).since).toBe(Date.parse(expected));
  });

  test('a time that names no zone is one of --zone, else of the setting', () => {
    const since = '2026-11-25T08:00';
    expect(parse({ since }, 'UTC').since).toBe(Date.parse('2026-11-25T08:00:00Z'));
    expect(parse({ since, zone: 'Asia/Makassar' }, 'UTC').since).toBe(Date.parse('2026-11-25T00:00:00Z'));
    expect(parse({ since: `${since}+02:00` }, 'UTC').since).toBe(Date.parse('2026-11-25T06:00:00Z'));
  });

  test('a zone with summer time counts as its clocks did', () => {
    const zone = 'Europe/Berlin';
    expect(parse({ zone, since: '2026-07-01T12:00' }).since).toBe(Date.parse('2026-07-01T10:00:00Z'));
    expect(parse({ zone, since: '2026-10-25T04:00' }).since).toBe(Date.parse('2026-10-25T03:00:00Z'));
    expect(parse({ zone, since: '2026-03-29T03:00' }).since).toBe(Date.parse('2026-03-29T01:00:00Z'));
    expect(() => parse({ zone, since: '2026-03-29T02:30' })).toThrow('does not exist in Europe/Berlin');
  });
});

describe('keys', () => {
  test.each([
    ['42', { low: ['42'], high: ['42'] }],
    ['1000..2000', { low: ['1000'], high: ['2000'] }],
    ['1000..', { low: ['1000'], high: null }],
    ['..2000', { low: null, high: ['2000'] }],
    ['-5..-1', { low: ['-5'], high: ['-1'] }],
    ['["a",1]..["c","9"]', { low: ['a', '1'], high: ['c', '9'] }],
  ])('%s', (wherePk, keys) => {
    expect(parse({ table: 't', wherePk }).keys).toEqual(keys);
  });
});

test('what is not asked for is null', () => {
  const selector = parse({ table: 't', partition: 0, fromOffset: 5, toOffset: 9 });
  expect(selector).toMatchObject({ partition: 0, fromOffset: 5, toOffset: 9, since: null, keys: null });
});

describe('what makes no sense is refused, with field and value', () => {
  test.each<[Record<string, unknown>, string]>([
    [{ pipeline: undefined }, 'pipeline: '],
    [{ pipeline: 'nope' }, 'There is no pipeline nope'],
    [{ zone: 'Asia/Nowhere' }, 'zone Asia/Nowhere'],
    [{ since: 'yesterday' }, 'since yesterday is not a time'],
    [{ since: '2026-02-30' }, 'since 2026-02-30 is not a time'],
    [{ until: '2026-11-26' }, 'until 2026-11-26 lies in the future'],
    [{ since: '99999d' }, 'since 99999d lies before 1970'],
    [{ since: '1h', until: '2h' }, 'since 1h is not before until 2h'],
    [{ partition: -1 }, 'partition: must be a non-negative integer'],
    [{ partition: 1.5 }, 'partition: must be a non-negative integer'],
    [{ table: 't', fromOffset: 'abc' }, 'fromOffset: must be a non-negative integer'],
    [{ table: 't', fromOffset: 1e20 }, 'fromOffset: must be a non-negative integer'],
    [{ table: 't', fromOffset: 9, toOffset: 8 }, 'fromOffset 9 comes after toOffset 8'],
    [{ table: ' ' }, 'table: is empty'],
    [{ fromOffset: 1 }, 'fromOffset needs table'],
    [{ fromPosition: '12:34' }, 'fromPosition 12:34 is not a position'],
    [{ fromPosition: 'binlog.2:4', toPosition: 'binlog.1:9' }, 'comes after toPosition binlog.1:9'],
    [{ fromPosition: 'binlog.1:4', toPosition: 'mysql-bin.1:9' }, 'are of different servers'],
    [{ fromPosition: '0-1-42' }, 'fromPosition 0-1-42 is not a position'],
    [{ fromPosition: `${gtids}:5`, toPosition: `${gtids}:4` }, 'comes after toPosition'],
    [{ fromPosition: `${gtids}:5`, toPosition: `${gtids.replace('3', '4')}:9` }, 'are of different servers'],
    [{ fromPosition: `${gtids}:5`, toPosition: 'binlog.1:9' }, 'one is a GTID and the other is not'],
    [{ since: '2026-11-26T00:00Z' }, 'since 2026-11-26T00:00Z lies in the future'],
    [{ batches: 'good' }, 'batches: '],
    [{ wherePk: '1' }, 'wherePk needs table'],
    [{ table: 't', wherePk: '..' }, 'wherePk ..'],
    [{ table: 't', wherePk: '1..2..3' }, 'wherePk 1..2..3'],
    [{ table: 't', wherePk: '9..1' }, 'wherePk 9..1 ends before it begins'],
    [{ table: 't', wherePk: '["a"' }, 'not JSON'],
    [{ table: 't', wherePk: '[null]' }, 'values other than texts'],
    [{ table: 't', wherePk: '["a",1]..["b"]' }, 'different lengths'],
    [{ table: 't', wherePk: '1', since: '1h' }, 'wherePk and since do not go together'],
    [{ table: 't', wherePk: '1', toOffset: 4 }, 'wherePk and toOffset do not go together'],
    [{ pipeline: 'orders', table: 't' }, 'table t needs pipeline cdc'],
    [{ pipeline: 'orders', wherePk: '1' }, 'wherePk needs pipeline cdc'],
    [{ pipeline: 'orders', fromPosition: 'binlog.1:4' }, 'binlog.1:4 needs pipeline cdc'],
  ])('%j', (asked, message) => {
    expect(() => parse(asked)).toThrow(message);
    expect(() => parse(asked)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  test('an unknown pipeline is told which ones there are', () => {
    expect(() => parse({ pipeline: 'nope' })).toThrow(
      expect.objectContaining({ remedy: 'Name one of: orders, cdc.' }),
    );
  });
});
