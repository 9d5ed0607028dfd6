import { Command } from 'commander';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { planRequest, runRequest } from '../../../src/backfill/request.ts';
import { selectorOf } from '../../../src/backfill/selector.ts';
import { flagOf } from '../../../src/cli/flag-of.ts';
import { addOptions, requestOf } from '../../../src/cli/schema-options.ts';
import { RequestError } from '../../../src/errors/request-error.ts';

function typed(...words: string[]): object {
  const command = addOptions(new Command('run'), runRequest, { values: { table: 'name' } }).exitOverride();
  command.configureOutput({ writeErr: () => undefined });
  return command.parse(words, { from: 'user' }).opts();
}

test('every field of a request has a flag', () => {
  const command = addOptions(new Command('run'), runRequest, { values: { table: 'name' } });
  const flags = command.options.map(({ flags: all }) => all);
  expect(flags).toContain('--from-offset <n>');
  expect(flags).toContain('--table <name>');
  expect(flags).toContain('--no-rewrite');
  expect(command.options.map((option) => option.attributeName()).sort()).toEqual(
    Object.keys(runRequest.shape).sort(),
  );
});

test('what is typed is a request, with its defaults', () => {
  const request = requestOf(runRequest, typed('--pipeline', 'cdc', '--from-offset', '7', '--no-rewrite'));
  expect(request).toMatchObject({ pipeline: 'cdc', fromOffset: 7, rewrite: false, sink: 'table' });
  expect(requestOf(runRequest, typed('--pipeline', 'cdc')).rewrite).toBe(true);
});

test.each([
  [['--pipeline', 'cdc', '--partition', '-1'], "option '--partition <n>' argument '-1' is invalid"],
  [['--pipeline', 'cdc', '--from-offset', '1.5'], 'Give a whole number from 0'],
  [['--pipeline', 'cdc', '--batches', 'good'], 'Allowed choices are failed, stale'],
  [[], "required option '--pipeline"],
])('%j is refused', (words, message) => {
  expect(() => typed(...words)).toThrow(message);
});

test('a flag that is no field of the request is not part of it', () => {
  expect(requestOf(z.object({ a: z.string() }), { a: 'x', json: true })).toEqual({ a: 'x' });
});

test('an error names flags where flags were typed, and leaves values as they are', () => {
  const at = { now: Date.now(), usualZone: 'UTC' };
  const asked = { pipeline: 'cdc', fromOffset: 9, toOffset: 8 };
  const error = thrownBy(() => selectorOf(requestOf(planRequest, asked), at));
  expect(error.message).toBe('fromOffset 9 comes after toOffset 8.');
  const told = error.inTermsOf(flagOf, 'See --help.');
  expect(told).toMatchObject({
    message: '--from-offset 9 comes after --to-offset 8.',
    remedy: 'See --help.',
    code: 'USAGE',
  });
  const odd = thrownBy(() => selectorOf(requestOf(planRequest, { pipeline: 'table {since}' }), at));
  expect(odd.inTermsOf(flagOf, '').message).toBe('There is no pipeline table {since}.');
});

function thrownBy(work: () => unknown): RequestError {
  try {
    work();
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
