import { expect, test } from 'vitest';
import { patternOf } from '../../../src/replica/unread-keys.ts';

test.each([
  ['latin1', 'x\ufffd', 'x_'],
  ['latin1', '\ufffd\ufffdy', '__y'],
  ['latin1', '10%_|\ufffd', '10|%|_||_'],
  // MySQL and Java may think differently of it.
  ['cp1251', 'Ж\ufffd', '__'],
  // The byte that follows may have been taken for a part of it.
  ['gbk', 'ab\ufffdc', 'ab%'],
  ['sjis', '%ア\ufffd', '|%%'],
])('in %s every text that Maxwell writes as %j is like %s', (charset, text, pattern) => {
  expect(patternOf(text, { charset })).toBe(pattern);
});
