import { describe, expect, test } from 'vitest';
import { deadLetterMessage } from '../../../src/kafka/batch-messages.ts';
import type { Header } from '../../../src/kafka/wire/record-batch-writer.ts';
import type { SourceRecord } from '../../../src/pipelines/record.ts';
import { makeRecord } from '../../support/records.ts';

const range = {
  pipeline: 'orders',
  topic: 'raw',
  topicId: 'id',
  partition: 3,
  epoch: 2,
  first: 10,
  last: 20,
};
const ours = {
  'alir-code': 'ORDER_INVALID',
  'alir-reason': 'id: missing',
  'alir-pipeline': 'orders',
  'alir-source-topic': 'raw',
  'alir-source-partition': '3',
  'alir-source-epoch': '2',
  'alir-source-offset': '12',
  'alir-source-timestamp': '1800000000123',
};

function messageOf(parts: Partial<SourceRecord>) {
  const record = makeRecord({
    ...{ topic: 'raw', partition: 3, offset: 12, timestamp: 1_800_000_000_123, key: null, value: null },
    headers: [],
    ...parts,
  });
  const letter = { code: 'ORDER_INVALID', reason: 'id: missing' } as const;
  return deadLetterMessage(range, { ...letter, record: { ...record, size: parts.size ?? record.size } });
}

describe('a dead letter in its topic', () => {
  test('has all headers of the record in their order, names that repeat too, before ours', () => {
    const own: SourceRecord['headers'] = [
      ['trace', Buffer.from([0, 0xff])],
      ['2', Buffer.from('a number as name keeps its place')],
      ['trace', null],
      ['__proto__', Buffer.from('x')],
      ['trace', Buffer.alloc(0)],
    ];
    expect(messageOf({ headers: own }).headers).toEqual([...own, ...Object.entries(ours)]);
  });

  test('leaves out what is named like one of ours, all of the same name', () => {
    const forged = ['alir-code', 'alir-source-offset', 'alir-code', 'alir-value-omitted'];
    const headers: SourceRecord['headers'] = [
      ...forged.map((name) => [name, Buffer.from('forged')] as const),
      ['alir-flag', Buffer.from('not ours here')],
    ];
    expect(messageOf({ headers }).headers).toEqual([headers.at(-1), ...Object.entries(ours)]);
  });

  test('tells null from empty', () => {
    expect(messageOf({})).toMatchObject({ key: null, value: null });
    const empty = Buffer.alloc(0);
    expect(messageOf({ key: empty, value: empty })).toMatchObject({ key: empty, value: empty });
  });

  test('of nearly a megabyte lacks key and value, and headers where they are as large', () => {
    const own: Header = ['trace', Buffer.from('x')];
    const value = Buffer.alloc(1_000_001);
    const large = messageOf({ key: Buffer.from('k'), value, headers: [own] as SourceRecord['headers'] });
    expect(large).toMatchObject({ key: null, value: null });
    expect(large.headers).toEqual([own, ['alir-value-omitted', '1000001'], ...Object.entries(ours)]);
    const headers: SourceRecord['headers'] = [['trace', value]];
    expect(messageOf({ headers, size: 1_000_010 }).headers).toEqual([
      ['alir-value-omitted', '0'],
      ...Object.entries(ours),
    ]);
  });
});
