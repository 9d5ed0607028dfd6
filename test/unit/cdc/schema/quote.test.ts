import { describe, expect, test } from 'vitest';
import { listValues, quoteName, quoteText } from '../../../../src/cdc/schema/quote.ts';

test.each([
  ['orders', '`orders`'],
  ['a`b', '`a``b`'],
  ['`', '````'],
  ["it's; -- ?", "`it's; -- ?`"],
  ['', '``'],
])('the name %j is written %s', (name, sql) => {
  expect(quoteName(name)).toBe(sql);
});

describe('the values of a list', () => {
  test.each([[["it's", 'a\\b', 'x,y', '', "','", '🙏', '\\']], [['a']]])(
    'are read as they were written: %j',
    (values) => {
      expect(listValues(`enum(${values.map(quoteText).join(',')})`)).toEqual(values);
    },
  );

  test('are read from what servers escape', () => {
    expect(listValues("enum('a\\nb','\\0','\\\\n')")).toEqual(['a\nb', '\0', '\\n']);
  });
});
