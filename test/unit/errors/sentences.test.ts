import { expect, test } from 'vitest';
import { AlirError } from '../../../src/errors/alir-error.ts';
import { asSentence, plural } from '../../../src/errors/sentences.ts';

test.each([
  ['connect ECONNREFUSED 127.0.0.1:3306', 'connect ECONNREFUSED 127.0.0.1:3306.'],
  ['failed to create socket after 3001ms\n', 'failed to create socket after 3001ms.'],
  ['It is away.', 'It is away.'],
  ['It failed: It is away..', 'It failed: It is away.'],
  ['Wait …', 'Wait …'],
  ['', ''],
])('%j becomes %j', (text, sentence) => {
  expect(asSentence(text)).toBe(sentence);
});

test('whatever a driver says, an error is a sentence, and its remedy is another', () => {
  const { message, remedy } = new AlirError('MYSQL_UNAVAILABLE', 'failed to create socket after 3001ms');
  expect(`${message} ${remedy}`).toMatch(/^failed to create socket after 3001ms\. Start MySQL/);
});

test('one, none and many are counted', () => {
  expect([0, 1, 2_000].map((number) => plural(number, 'batch', 'batches'))).toEqual([
    '0 batches',
    '1 batch',
    '2,000 batches',
  ]);
  expect(plural(1, 'topic')).toBe('1 topic');
});
