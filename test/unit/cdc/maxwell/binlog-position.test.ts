import { expect, test } from 'vitest';
import { binlogPositionOf, positionsOf } from '../../../../src/cdc/maxwell/binlog-position.ts';

const message = (attributes: object) =>
  Buffer.from(JSON.stringify({ type: 'insert', data: {}, ...attributes }));
const at = (position: string) => message({ position });

test('the position of a change, and of nothing else', () => {
  expect(binlogPositionOf(at('binlog.000012:4'))).toBe('binlog.000012:4');
  expect(binlogPositionOf(message({ data: { position: 'binlog.000012:4' } }))).toBeNull();
  expect(binlogPositionOf(message({ type: 'bootstrap-insert', position: 'binlog.000012:4' }))).toBeNull();
  expect(binlogPositionOf(message({ gtid: null }), 'gtid')).toBeNull();
  expect(binlogPositionOf(message({ gtid: 'u:1-7' }), 'gtid')).toBe('u:1-7');
  expect(binlogPositionOf(Buffer.from('{'))).toBeNull();
  expect(binlogPositionOf(null)).toBeNull();
});

test('where a batch begins and ends, whatever stands at its ends', () => {
  const bootstrap = message({ type: 'bootstrap-insert' });
  const of = (...values: (Buffer | null)[]) => positionsOf(values.map((value) => ({ value })));
  expect(of(bootstrap, at('b.1:4'), at('b.1:9'), at('b.2:4'), null)).toEqual({
    first: 'b.1:4',
    last: 'b.2:4',
  });
  expect(of(bootstrap, null)).toBeNull();
  expect(of()).toBeNull();
});
