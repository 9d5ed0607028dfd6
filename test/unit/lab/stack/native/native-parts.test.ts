import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseEngine } from '../../../../../src/lab/stack/choose-engine.ts';
import { RestartLimit } from '../../../../../src/lab/stack/native/managed-service.ts';
import { readDeployFile, withSettings } from '../../../../../src/lab/stack/native/obtain/deploy.ts';
import { writeEmptyClass } from '../../../../../src/lab/stack/native/obtain/maxwell.ts';
import { needLinux } from '../../../../../src/lab/stack/native/obtain/platform.ts';
import { stackSecrets } from '../../../../../src/lab/stack/native/secrets.ts';
import { StackFiles } from '../../../../../src/lab/stack/native/stack-files.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = () => temporaryFolder();

test('a machine that cannot run the servers is told so in one sentence', () => {
  expect(() => needLinux('linux', 'x64')).not.toThrow();
  for (const [platform, arch] of [
    ['darwin', 'arm64'],
    ['linux', 'arm64'],
    ['win32', 'x64'],
  ] as const)
    expect(() => needLinux(platform, arch)).toThrow(`this machine is ${platform} on ${arch}.`);
});

test('an engine that does not exist is refused', async () => {
  await expect(chooseEngine('podman')).rejects.toMatchObject({ code: 'USAGE' });
});

test('a stack cannot be named so that its folder lies elsewhere', () => {
  for (const name of ['../other', '', 'a/b', '.hidden', 'a b'])
    expect(() => new StackFiles(name)).toThrow('cannot name a stack');
});

test('secrets are made once, differ, and are for their owner only', () => {
  const files = new StackFiles('test', folder());
  const secrets = stackSecrets(files);
  expect(stackSecrets(files)).toEqual(secrets);
  expect(new Set(Object.values(secrets)).size).toBe(4);
  expect(statSync(files.secrets).mode & 0o777).toBe(0o600);
});

test('a server that keeps dying is left alone after five times in ten minutes', () => {
  const limit = new RestartLimit();
  expect([0, 1, 2, 3, 4, 5].map((second) => limit.next(second * 1000))).toEqual([
    1000,
    2000,
    3000,
    4000,
    5000,
    null,
  ]);
  expect(limit.next(20 * 60_000)).toBe(1000);
});

test('the empty class for Maxwell is a class file of Java 8 with that name', () => {
  const place = folder();
  writeEmptyClass(place, 'jdk/x/Empty');
  const bytes = readFileSync(join(place, 'jdk/x/Empty.class'));
  expect(bytes.subarray(0, 8).toString('hex')).toBe('cafebabe00000034');
  expect(bytes.includes('jdk/x/Empty')).toBe(true);
  expect(bytes).toHaveLength(63);
});

test('Maxwell runs with settings that lose nothing', () => {
  const config = readDeployFile('maxwell', 'config.properties');
  for (const line of ['ignore_producer_error=false', 'kafka.acks=all', 'kafka.enable.idempotence=true'])
    expect(config.split('\n')).toContain(line);
  expect(config).not.toMatch(/^(password|host)=/m);
});

test('the settings of a stack follow the shared ones', () => {
  expect(withSettings('a=1\n', { b: 2 })).toBe('a=1\n\n# Of this stack\nb=2\n');
});
