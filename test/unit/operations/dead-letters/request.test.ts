import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addOptions, requestOf } from '../../../../src/cli/schema-options.ts';
import { filterOf } from '../../../../src/operations/dead-letters/letter-filter.ts';
import { changeRequest, listRequest } from '../../../../src/operations/dead-letters/request.ts';
import { parseRequest } from '../../../../src/errors/parse-request.ts';

const at = { now: Date.UTC(2026, 10, 30, 12), zone: 'Asia/Jakarta' };

function typed(...words: string[]): object {
  const command = addOptions(new Command('list'), listRequest, { values: {} }).exitOverride();
  command.configureOutput({ writeErr: () => undefined });
  return command.parse(words, { from: 'user' }).opts();
}

test('without conditions, the letters are meant that are not closed', () => {
  const request = requestOf(listRequest, typed());
  expect(request).toEqual({ limit: 50 });
  expect(filterOf(request, at)).toEqual({ statuses: ['open', 'quarantined'] });
});

test('every field is a condition, and times without a zone are those of the setting', () => {
  const words = [
    '--pipeline',
    'orders',
    '--code',
    'ORDER_INVALID',
    '--field',
    'items.*.price',
    '--topic',
    't',
  ];
  const more = ['--partition', '0', '--offset', '7', '--since', '2026-11-30T08:00', '--until', '1h'];
  const request = requestOf(listRequest, typed(...words, ...more, '--status', 'loaded'));
  expect(filterOf(request, at)).toEqual({
    pipeline: 'orders',
    code: 'ORDER_INVALID',
    field: 'items.*.price',
    topic: 't',
    partition: 0,
    offset: 7,
    since: Date.UTC(2026, 10, 30, 1),
    until: Date.UTC(2026, 10, 30, 11),
    statuses: ['loaded'],
  });
});

test('all letters are those of any state', () => {
  expect(filterOf({ status: 'all' }, at)).toEqual({});
});

test.each([
  [['--limit', '0'], 'Give a whole number from 1'],
  [['--partition', '-1'], 'Give a whole number from 0'],
  [['--status', 'lost'], 'Allowed choices are open, quarantined'],
])('%j is refused where it is typed', (words, message) => {
  expect(() => typed(...words)).toThrow(message);
});

test.each([
  [{ limit: 0 }, 'limit: must be from 1 to 10000'],
  [{ limit: 10_001 }, 'limit: must be from 1 to 10000'],
  [{ code: ' ' }, 'code: is empty'],
  [{ colour: 'red' }, 'There is no property colour'],
])('the request %j is refused', (request, message) => {
  expect(() => parseRequest(listRequest, request)).toThrow(message);
});

test.each([
  [{ since: 'yesterday' }, 'since yesterday is not a time.'],
  [{ since: '1h', until: '2h' }, 'since 1h is not before until 2h.'],
])('the times %j are refused', (request, message) => {
  expect(() => filterOf(request, at)).toThrow(message);
});

test('closed letters are never those that are to be changed, and ids are numbers', () => {
  expect(() => parseRequest(changeRequest, { status: 'loaded' })).toThrow('status');
  expect(() => parseRequest(changeRequest, { ids: ['1', '1 OR 1'] })).toThrow('ids.1: is no id of a letter');
});
