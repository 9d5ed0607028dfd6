import { expect, test } from 'vitest';
import { decodeJsonObject } from '../../../../src/cdc/json/decode-json.ts';
import { writeJson } from '../../../../src/cdc/json/write-json.ts';
import { changedPaths } from '../../../../src/operations/dead-letters/changed-paths.ts';
import { parseSetting, setPath } from '../../../../src/operations/dead-letters/set-path.ts';

function set(json: string, ...settings: string[]): string {
  const decoded = decodeJsonObject(Buffer.from(json));
  if (!decoded.ok) throw new Error(decoded.reason);
  for (const setting of settings) {
    const problem = setPath(decoded.value, parseSetting(setting));
    if (problem !== null) return problem;
  }
  return writeJson(decoded.value);
}

const order = '{"id":18446744073709551615,"rate":1.50,"items":[{"price":"12.000"}],"big":1e400}';

test('a member gets its value, and every other number keeps its digits', () => {
  expect(set(order, 'items.0.price=12000.10')).toBe(
    '{"id":18446744073709551615,"rate":1.50,"items":[{"price":12000.10}],"big":1e400}',
  );
});

test.each([
  ['a=12000', '{"a":12000}'],
  ['a=18446744073709551616', '{"a":18446744073709551616}'],
  ['a="12"', '{"a":"12"}'],
  ['a=null', '{"a":null}'],
  ['a=[1,{"b":2.0}]', '{"a":[1,{"b":2.0}]}'],
  ['a=Jalan Mawar 3', '{"a":"Jalan Mawar 3"}'],
  ['a=', '{"a":""}'],
  ['a=x=y', '{"a":"x=y"}'],
  ['a=1,"b":2', '{"a":"1,\\"b\\":2"}'],
  ['a={"b":1,"b":2}', '{"a":"{\\"b\\":1,\\"b\\":2}"}'],
  ['new=1', '{"a":0,"new":1}'],
])('%s gives %s', (setting, result) => {
  expect(set('{"a":0}', setting)).toBe(result);
});

test('indexes of lists may stand in brackets, and be the next one', () => {
  expect(set('{"a":[1,2]}', 'a[0]=5', 'a.2=3')).toBe('{"a":[5,2,3]}');
});

test.each([
  ['b.c=1', 'b.c cannot be set: there is no b'],
  ['a.5.c=1', 'a.5.c cannot be set: there is no a.5'],
  ['a.0.c=1', 'a.0.c cannot be set: a.0 is neither a list nor an object'],
  ['a.x=1', 'a.x cannot be set: the list has 2 items, and x is none of them'],
  ['a.3=1', 'a.3 cannot be set: the list has 2 items, and 3 is none of them'],
])('%s names what is missing', (setting, problem) => {
  expect(set('{"a":[1,2]}', setting)).toBe(problem);
});

test.each(['price', '=1', 'a..b=1', '__proto__=1', 'a.__proto__.b=1'])('%s is refused', (setting) => {
  expect(() => parseSetting(setting)).toThrow(/^set /);
});

test('the fields of a row are in the data of its message', () => {
  const message = '{"database":"app_producer","table":"orders","type":"insert","data":{"id":1}}';
  expect(set(message, 'total=5')).toContain('"data":{"id":1,"total":5}');
  expect(set(message, 'data.total=5')).toContain('"data":{"id":1,"total":5}');
  expect(set(message, 'id=5')).toContain('"data":{"id":5}');
});

test('what changed is told by paths, never by values', () => {
  const changed = (before: string | null, after: string) =>
    changedPaths(before === null ? null : Buffer.from(before), Buffer.from(after));
  expect(changed('{"a":1,"b":[1,2]}', '{"b":[1,3],"c":"x"}')).toBe('a, b.1, c');
  expect(changed('{"a":1.0}', '{ "a": 1.0 }')).toBeNull();
  expect(changed('{"a":1.0}', '{"a":1}')).toBe('a');
  expect(changed('nothing', '{"a":1}')).toBe('the whole value');
  expect(changed(null, '{"a":1}')).toBe('the whole value');
});
