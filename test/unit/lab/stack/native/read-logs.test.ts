import { appendFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readLogs } from '../../../../../src/lab/stack/native/read-logs.ts';
import { StackFiles } from '../../../../../src/lab/stack/native/stack-files.ts';
import { temporaryFolder } from './temporary-folder.ts';

function stack(): StackFiles {
  const files = new StackFiles('test', temporaryFolder());
  files.makeFolders();
  return files;
}

test('the last lines of every log, with the name of the server in front', async () => {
  const files = stack();
  writeFileSync(files.log('kafka'), 'one\ntwo\nthree\n');
  writeFileSync(files.log('mysql'), 'uno\n');
  const lines: string[] = [];
  for await (const line of readLogs(files, { lines: 2 })) lines.push(line);
  expect(lines).toEqual(['kafka      two', 'kafka      three', 'mysql      uno']);
});

test('a log that is followed goes on, whole lines only, over its renaming', async () => {
  const files = stack();
  writeFileSync(files.log('kafka'), 'old\n');
  const lines = readLogs(files, { lines: 10, service: 'kafka', follow: true });
  const next = async () => (await lines.next()).value as string;
  expect(await next()).toBe('old');
  appendFileSync(files.log('kafka'), 'new\nhal');
  expect(await next()).toBe('new');
  appendFileSync(files.log('kafka'), 'f\n');
  expect(await next()).toBe('half');
  writeFileSync(files.log('kafka'), 'fresh\n');
  expect(await next()).toBe('fresh');
  await lines.return(undefined);
});

test('no log and no such server are said', async () => {
  const files = stack();
  await expect(readLogs(files, { lines: 1 }).next()).rejects.toMatchObject({ code: 'STACK_NOT_RUNNING' });
  await expect(readLogs(files, { lines: 1, service: 'zoo' }).next()).rejects.toMatchObject({ code: 'USAGE' });
});
