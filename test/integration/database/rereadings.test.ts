import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import {
  beginLoad,
  finishLoad,
  markStale,
  requestLoad,
  requestRereading,
} from '../../../src/metadata/table-loads.ts';
import { markTable, readingOf, resumeTable } from '../../../src/metadata/table-states.ts';
import { testDatabase } from '../../support/mysql.ts';

const source = { database: 'app_shop', table: 'products' };
const [early, late] = ['binlog.000001:100', 'binlog.000001:900'];

let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, close } = await testDatabase());
});
afterAll(() => close());
beforeEach(async () => {
  await database.$executeRawUnsafe('DELETE FROM etl_replica_tables');
});

const row = () =>
  database.etlReplicaTable.findFirstOrThrow({
    select: {
      state: true,
      reason: true,
      loads: true,
      waitFor: true,
      mostRemoved: true,
      loadCursor: true,
      covers: true,
    },
  });
const begin = (load: number, waitFor: string | null) =>
  beginLoad(database, {
    ...source,
    load,
    waitFor,
    covers: waitFor,
    definition: '{"columns":[],"gone":[],"added":[]}',
  });
const ask = (waitFor: string, mostRemoved: number | null = null) =>
  requestLoad(database, source, { waitFor, askedBy: 'person', mostRemoved });

test('a load that has not begun covers what comes meanwhile: it waits for more, and is the same load', async () => {
  await ask(early, 5);
  await requestRereading(database, source, late);
  expect(await row()).toMatchObject({ state: 'loading', loads: 1, waitFor: late, mostRemoved: null });
  // It was about to begin after less: it has to wait again.
  await begin(1, early);
  expect(await readingOf(database, source)).toMatchObject({ isPending: true, covers: null });
  await begin(1, late);
  expect(await readingOf(database, source)).toMatchObject({ isPending: false, isOwed: false, covers: late });
});

test('a load in hand goes on as it was, the first one too, and another is owed', async () => {
  await ask(early, 5);
  await begin(1, early);
  await requestRereading(database, source, late);
  expect(await row()).toMatchObject({ state: 'loading', loads: 1, waitFor: early, mostRemoved: 5 });
  expect(await readingOf(database, source)).toMatchObject({ isOwed: true, covers: early });
  await finishLoad(database, { ...source, load: 1 }, 'ready');
  expect(await readingOf(database, source)).toMatchObject({ state: 'ready', isOwed: true });
  await requestRereading(database, source, late);
  expect(await row()).toMatchObject({ state: 'loading', loads: 2, waitFor: late, mostRemoved: null });
  expect(await readingOf(database, source)).toMatchObject({ isPending: true, isOwed: false });
});

test('a table that waits for people is read when it goes on, and asked for once', async () => {
  await ask(early);
  await begin(1, early);
  await finishLoad(database, { ...source, load: 1 }, 'ready');
  await markTable(database, source, 'paused', 'another key');
  await requestRereading(database, source, early);
  await requestRereading(database, source, late);
  expect(await row()).toMatchObject({ state: 'paused', loads: 2, waitFor: late });
  await resumeTable(database, source);
  expect(await row()).toMatchObject({ state: 'loading', loads: 2 });
});

test('a load that was stopped, since it would remove too much, begins anew: a definition may remove any number', async () => {
  await ask(early, 5);
  await begin(1, early);
  await database.etlReplicaTable.updateMany({
    data: { removedRows: 6, state: 'paused', loadCursor: '["4"]' },
  });
  await requestRereading(database, source, late);
  expect(await row()).toEqual({
    state: 'loading',
    reason: null,
    loads: 2,
    waitFor: late,
    mostRemoved: null,
    loadCursor: null,
    covers: early,
  });
});

test('only a table that is at rest becomes stale, and a load ends that', async () => {
  await ask(early);
  await markStale(database, source, 'too large');
  expect((await row()).state).toBe('loading');
  await begin(1, early);
  await finishLoad(database, { ...source, load: 1 }, 'ready');
  await markStale(database, source, 'too large');
  expect((await row()).state).toBe('stale');
  await ask(late);
  expect((await row()).state).toBe('loading');
});

test('a stale table that is paused is stale again when it goes on, until it has been read', async () => {
  await ask(early);
  await begin(1, early);
  await finishLoad(database, { ...source, load: 1 }, 'ready');
  await markStale(database, source, 'too large');
  await markTable(database, source, 'paused', 'another key');
  await resumeTable(database, source);
  expect(await row()).toMatchObject({ state: 'stale', reason: 'too large', loads: 1 });
  await ask(late);
  await begin(2, late);
  await finishLoad(database, { ...source, load: 2 }, 'ready');
  await markTable(database, source, 'paused', 'another key');
  await resumeTable(database, source);
  expect(await row()).toMatchObject({ state: 'ready', reason: null });
});

test('a paused table can become stale, and one that owes a load cannot', async () => {
  await ask(early);
  await begin(1, early);
  await markTable(database, source, 'paused', 'another key');
  expect(await markStale(database, source, 'too large')).toBe(false);
  await finishLoad(database, { ...source, load: 1 }, 'ready');
  await markTable(database, source, 'paused', 'another key');
  expect(await markStale(database, source, 'too large')).toBe(true);
  expect(await row()).toMatchObject({ state: 'paused', reason: 'another key' });
  await resumeTable(database, source);
  expect(await row()).toMatchObject({ state: 'stale', reason: 'too large', loads: 1 });
});
