import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cacheFolder, obtainOnce } from '../../../../../../src/lab/stack/native/obtain/cache.ts';
import { temporaryFolder } from '../temporary-folder.ts';

let root: string;
beforeEach(() => {
  root = temporaryFolder();
  vi.stubEnv('ALIR_CACHE_DIR', root);
});
afterEach(() => vi.unstubAllEnvs());

const quiet = () => undefined;

test('what is in the cache is made once', async () => {
  let made = 0;
  const make = (folder: string) => {
    made += 1;
    writeFileSync(join(folder, 'it'), 'whole');
    return Promise.resolve();
  };
  const first = await obtainOnce('thing-1', quiet, make);
  expect(await obtainOnce('thing-1', quiet, make)).toBe(first);
  expect(readFileSync(join(first, 'it'), 'utf8')).toBe('whole');
  expect(made).toBe(1);
  expect(readdirSync(root)).toEqual(['thing-1']);
});

test('of two that want it at once, one makes it and the other waits', async () => {
  let made = 0;
  const make = async () => {
    made += 1;
    await new Promise((resolve) => setTimeout(resolve, 200));
  };
  const told: string[] = [];
  const tell = (text: string) => told.push(text);
  const both = await Promise.all([obtainOnce('thing-0', tell, make), obtainOnce('thing-0', tell, make)]);
  expect(both[0]).toBe(both[1]);
  expect(made).toBe(1);
  expect(told).toEqual(['another process is fetching it; waiting']);
});

test('what fails leaves nothing behind and is tried again', async () => {
  const half = (folder: string) => {
    writeFileSync(join(folder, 'it'), 'half');
    return Promise.reject(new Error('cut off'));
  };
  await expect(obtainOnce('thing-2', quiet, half)).rejects.toThrow('cut off');
  expect(readdirSync(root)).toEqual([]);
  const folder = await obtainOnce('thing-2', quiet, () => Promise.resolve());
  expect(existsSync(join(folder, 'it'))).toBe(false);
});

test('the part that a killed process left is removed', async () => {
  const part = mkdtempSync(join(root, '.thing-3.part'));
  await obtainOnce('thing-3', quiet, () => Promise.resolve());
  expect(existsSync(part)).toBe(false);
});

test('the cache is where the user wants it', () => {
  vi.stubEnv('ALIR_CACHE_DIR', '');
  vi.stubEnv('XDG_CACHE_HOME', '/some/cache');
  expect(cacheFolder()).toBe('/some/cache/alir');
  vi.stubEnv('XDG_CACHE_HOME', '');
  expect(cacheFolder()).toBe(join(homedir(), '.cache', 'alir'));
});
