import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimHolder, releaseClaim, takeClaim } from '../../../../../src/lab/stack/native/claim.ts';
import { identify } from '../../../../../src/lab/stack/native/process-identity.ts';
import { temporaryFolder } from './temporary-folder.ts';

const place = () => join(temporaryFolder(), 'claim');

test('a claim is taken once and given back', () => {
  const file = place();
  expect(takeClaim(file)).toBeNull();
  expect(takeClaim(file)?.pid).toBe(process.pid);
  expect(claimHolder(file)?.pid).toBe(process.pid);
  releaseClaim(file);
  expect(claimHolder(file)).toBeNull();
});

test('a claim of another living process stays with it', () => {
  const file = place();
  writeFileSync(file, JSON.stringify(identify(process.ppid)));
  expect(takeClaim(file)?.pid).toBe(process.ppid);
  releaseClaim(file);
  expect(claimHolder(file)?.pid).toBe(process.ppid);
});

test('a claim whose process has ended is taken over, even when its number is in use again', () => {
  const file = place();
  writeFileSync(file, JSON.stringify({ pid: process.ppid, started: '1' }));
  expect(claimHolder(file)).toBeNull();
  expect(takeClaim(file)).toBeNull();
});

test('a damaged claim is taken over', () => {
  const file = place();
  writeFileSync(file, '{"pid":');
  expect(takeClaim(file)).toBeNull();
});
