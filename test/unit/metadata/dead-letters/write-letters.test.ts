import { expect, test } from 'vitest';
import { decodeHeaders, encodeHeaders } from '../../../../src/metadata/dead-letters/write-letters.ts';
import type { SourceRecord } from '../../../../src/pipelines/record.ts';

test('headers are kept in their order, with names that repeat, and null is not empty', () => {
  const headers: SourceRecord['headers'] = [
    ['ü', Buffer.from([0, 0xff])],
    ['again', null],
    ['again', Buffer.alloc(0)],
  ];
  expect(decodeHeaders(encodeHeaders(headers))).toEqual(headers);
});
