import { expect, test } from 'vitest';
import { printable } from '../../../../src/operations/dead-letters/printable.ts';
import { firstInvalid } from '../../../../src/operations/dead-letters/show-bytes.ts';
import { showCorrection, showValue } from '../../../../src/operations/dead-letters/show-value.ts';

const order = '{"id":7,"total":1.50,"items":[{"sku":"A","price":"12.000"},{"sku":"B"}]}';
const show = (text: string, ...reasons: [path: string, rule: string][]) =>
  showValue(
    Buffer.from(text),
    reasons.map(([path, rule]) => ({ path, rule })),
  );

test('the line of a path is marked, numbers stay as they were written', () => {
  const lines = show(order, ['items.0.price', 'must be a number'], ['total', 'must be whole']);
  expect(lines).toContain('      "price": "12.000"   ←  must be a number');
  expect(lines).toContain('  "total": 1.50,   ←  must be whole');
  expect(lines.filter((line) => line.includes('←'))).toHaveLength(2);
});

test('a field that is missing is marked where it should be', () => {
  const lines = show(order, ['items.1.price', 'is missing'], ['status', 'is missing']);
  expect(lines[0]).toBe('{   ←  status: is missing');
  expect(lines.find((line) => line.includes('price: is missing'))).toMatch(/^ {4}\{/);
});

test('a path of a row is one inside of the data of Maxwell', () => {
  const lines = show('{"type":"insert","data":{"id":1,"total":"x"}}', ['total', 'must be a number']);
  expect(lines).toContain('    "total": "x"   ←  must be a number');
});

test('of a long value, the marked line and those around it are shown, and what is left out is said', () => {
  const list = Array.from({ length: 500 }, (_, index) => index);
  const lines = show(JSON.stringify({ list }), ['list.400', 'is too large']);
  expect(lines.length).toBeLessThanOrEqual(63);
  expect(lines).toContain('    400,   ←  is too large');
  expect(lines).toContain('    399,');
  expect(lines.filter((line) => /^… \d+ lines left out$/.test(line))).toHaveLength(2);
});

test('no value tells the terminal what to do', () => {
  const evil = `\u001b[2J\u009b31m\u202e`;
  for (const text of [JSON.stringify({ [evil]: evil }), evil, `{"a": ${evil}`]) {
    const shown = show(text, ['a', `${evil} is wrong`]).join('\n');
    expect(shown).not.toMatch(/[\u001b\u009b\u202e]/);
  }
  expect(printable(evil)).toBe('\\u001b[2J\\u009b31m\\u202e');
});

test('text that is no JSON is shown around the place where it breaks', () => {
  const [line = '', caret = ''] = show(`{"note":"${'x'.repeat(100)}","total":}`);
  expect(line[caret.indexOf('↑')]).toBe('}');
  expect(caret).toMatch(/↑ {2}breaks at character \d+$/);
});

test('bytes that are no UTF-8 are dumped, with the first wrong one marked', () => {
  const bytes = Buffer.concat([
    Buffer.from('a'.repeat(200)),
    Buffer.from([0xff]),
    Buffer.from('b'.repeat(400)),
  ]);
  expect(firstInvalid(bytes)).toBe(200);
  const lines = showValue(bytes, []);
  expect(lines.find((line) => line.includes('←'))).toMatch(
    /^000000c0 {2}61 .* ff .*aaaaaaaa\.bbbbbbb {3}← {2}byte 201/,
  );
  expect(lines[0]).toBe('… 128 bytes left out');
  expect(lines.at(-1)).toMatch(/^… \d+ bytes left out$/);
});

test('nothing, and JSON that is refused for its keys, are shown as well', () => {
  expect(show('')).toEqual(['(empty)']);
  expect(show('{"a":1,\n"a":2}')).toEqual(['{"a":1,', '"a":2}']);
});

test('a correction says what stood there before', () => {
  const lines = showCorrection(
    Buffer.from('{"id":7,"total":12000,"new":[1]}'),
    Buffer.from('{"id":7,"total":"12.000"}'),
  );
  expect(lines).toContain('  "total": 12000,   ←  was "12.000"');
  expect(lines).toContain('  "new": [   ←  new');
  expect(lines).toContain('  "id": 7,');
});
