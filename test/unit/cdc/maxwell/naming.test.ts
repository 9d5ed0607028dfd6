import { describe, expect, test } from 'vitest';
import { readEnvelope } from '../../../../src/cdc/maxwell/envelope.ts';
import { attributeOf, camelName, columnNames } from '../../../../src/cdc/maxwell/naming.ts';

test.each([
  ['id', 'id'],
  ['primary_key', 'primaryKey'],
  ['customer_ID', 'customerId'],
  ['_op', 'Op'],
  ['a__b', 'aB'],
  ['nama_2_é', 'nama2é'],
  ['NIM', 'nim'],
])('%s is %s in camel case', (name, camel) => {
  expect(camelName(name)).toBe(camel);
});

describe('an envelope', () => {
  const row = { database: 'app', table: 'orders', type: 'insert', data: { id: 1 } };

  test.each([
    ['of plain attributes', {}, false],
    ['with the usual attributes', { schema_id: 4, primary_key: [1], thread_id: 7 }, false],
    ['in camel case', { schemaId: 4, primaryKey: [1], threadId: 7 }, true],
    ['with one attribute in camel case', { serverId: 4 }, true],
    ['with both, as a script of somebody may write it', { serverId: 4, server_id: 4 }, false],
  ])('%s', (_case, attributes, isCamel) => {
    expect(readEnvelope({ ...row, ...attributes })).toMatchObject({ kind: 'row', isCamel });
  });

  test('gives its attributes under either name', () => {
    expect([attributeOf({ schemaId: 4 }, 'schema_id'), attributeOf({ schema_id: 5 }, 'schema_id')]).toEqual([
      4, 5,
    ]);
    expect(attributeOf({}, 'schema_id')).toBeUndefined();
  });
});

describe('columns of a message', () => {
  const columns = ['id', 'order_no', 'customer_id', 'note'];
  const names = columnNames(columns);

  test.each([
    ['in camel case', { id: 1, orderNo: 'A', customerId: 2, note: null }],
    ['of which the values are not', { id: 1, order_no: 'A', customer_id: 2, note: null }],
  ])('in an envelope in camel case get the names of the source: %s', (_case, values) => {
    expect(names.restore(values, true)).toEqual({ id: 1, order_no: 'A', customer_id: 2, note: null });
  });

  test('that are missing stay missing, and what the table has no more is dropped', () => {
    expect(names.restore({ id: 1, dropped: 2 }, true)).toEqual({ id: 1 });
  });

  test('in a usual envelope are taken as they are', () => {
    const values = { id: 1, order_no: 'A', dropped: 2 };
    expect(names.restore(values, false)).toBe(values);
  });

  test('in camel case are refused where the envelope does not show that it is so', () => {
    expect(names.restore({ id: 1, orderNo: 'A', customerId: 2, note: null }, false)).toBeNull();
  });

  test('that differ in case only are no sign of camel case', () => {
    const values = { nim: 1 };
    expect(columnNames(['NIM']).restore(values, false)).toBe(values);
  });

  test.each([
    ['two columns have the same name then', ['order_no', 'order__no'], { orderNo: 'A' }],
    ['another column has this name', ['order_no', 'orderNo'], { orderNo: 'A', orderno: 'B' }],
    ['both names are there', ['order_no'], { orderNo: 'A', order_no: 'B' }],
  ])('are refused where nobody can tell which is meant: %s', (_case, columns, values) => {
    expect(columnNames(columns).restore(values, true)).toBeNull();
  });
});

describe('a name with a backtick', () => {
  const names = columnNames(['i`d', 'a``b', 'n']);
  const restored = { 'i`d': 1, 'a``b': 2, n: 3 };

  test.each([
    ['as it is, of a table that Maxwell found at its start', { 'i`d': 1, 'a``b': 2, n: 3 }],
    ['doubled, of a table that it learnt from a statement', { 'i``d': 1, 'a````b': 2, n: 3 }],
  ])('is found %s', (_case, values) => {
    expect(names.restore(values, false)).toEqual(restored);
    expect(names.restore(values, true)).toEqual(restored);
  });

  test('is refused where it may mean two columns', () => {
    const both = columnNames(['a`b', 'a``b', 'n']);
    expect(both.restore({ 'a``b': 1 }, false)).toBeNull();
    expect(both.restore({ n: 1 }, false)).toEqual({ n: 1 });
  });
});
