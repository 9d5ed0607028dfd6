import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { BuildLock, buildsWithWorkers, type Ask } from '../../../src/metadata/build-locks.ts';
import { listBuilds, registerBuilds, renumberBuild } from '../../../src/metadata/builds.ts';
import type { Database } from '../../../src/mysql/connection.ts';
import { testDatabase } from '../../support/mysql.ts';

let opened: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let ask: Ask;

beforeAll(async () => {
  opened = await testDatabase({ poolSize: 10 });
  ({ database } = opened);
  ask = (sql, values) => database.$queryRawUnsafe(sql, ...values);
});
afterAll(() => opened.close());
beforeEach(() => database.etlBuild.deleteMany());

const inOrder = async (): Promise<string[]> => (await listBuilds(database)).map(({ id }) => id);
const working = async (...builds: string[]): Promise<string[]> => [
  ...(await buildsWithWorkers(ask, opened.address.database, builds, 0)),
];

test('builds are numbered as they first appear, and anew when one is promoted', async () => {
  await registerBuilds(database, ['c', 'a']);
  await registerBuilds(database, ['b', 'c']);
  expect(await inOrder()).toEqual(['c', 'a', 'b']);
  expect(await renumberBuild(database, 'c')).toBe(4);
  expect(await renumberBuild(database, 'd')).toBe(5);
  expect(await inOrder()).toEqual(['a', 'b', 'c', 'd']);
});

test('builds that appear at the same time get different numbers', async () => {
  const ids = Array.from({ length: 10 }, (_, index) => `build-${index}`);
  await Promise.all(ids.map((id) => registerBuilds(database, [id])));
  const numbers = (await listBuilds(database)).map(({ number }) => number);
  expect(new Set(numbers).size).toBe(ids.length);
});

test('a build has workers while one of them lives', async () => {
  const { address } = opened;
  const [first, second, other] = ['a', 'a', 'b'].map((build) => new BuildLock(address, build));
  expect(await working('a', 'b')).toEqual([]);
  await first!.keep();
  await second!.keep();
  await second!.keep();
  await other!.keep();
  expect(await working('a', 'b', 'c')).toEqual(['a', 'b']);
  await first!.release();
  await second!.keep();
  await other!.release();
  expect(await working('a', 'b')).toEqual(['a']);
  await second!.release();
  expect(await working('a')).toEqual([]);
  await first!.keep(); // after its connection has ended it opens another one
  expect(await working('a')).toEqual(['a']);
  await first!.release();
});
