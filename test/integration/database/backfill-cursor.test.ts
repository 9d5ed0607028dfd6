import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBackfill, insertBackfill, recordBackfill } from '../../../src/metadata/backfills.ts';
import type { Database } from '../../../src/mysql/connection.ts';
import { advance, countedBy, cursorOf, type Advance } from '../../../src/metadata/backfill-cursor.ts';
import { inTransaction } from '../../../src/mysql/transaction.ts';
import { noCounts } from '../../../src/pipelines/counts.ts';
import { counts } from '../../support/counts.ts';
import { testDatabase } from '../../support/mysql.ts';

let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, close } = await testDatabase());
});
afterAll(() => close?.());

const tableOf = (backfillId: string) => ({
  backfillId,
  database: 'app_producer',
  table: 'orders',
  mostDeletes: 10,
});
const move = (id: string, from: string | null, to: string | null, more: Partial<Advance> = {}) =>
  inTransaction(database, (transaction) =>
    advance(transaction, tableOf(id), {
      from: from === null ? null : [from],
      to: { key: to === null ? null : [to], isRead: to === null },
      counts: counts({ rows: 100, updated: 100 }),
      removed: 0,
      ...more,
    }),
  );

test('an attempt that was given up and runs on beside its successor moves and counts nothing', async () => {
  expect(await move('twice', null, '100')).toBe(true);
  expect(await move('twice', null, '100')).toBe(false);
  expect(await move('twice', '100', null)).toBe(true);
  expect(await move('twice', '100', null)).toBe(false);
  expect(await cursorOf(database, tableOf('twice'))).toEqual({ key: null, isRead: true });
  expect(await countedBy(database, 'twice')).toEqual(counts({ rows: 200, updated: 200 }));
});

test('of several attempts at the same time, one moves it', async () => {
  await move('race', null, '100');
  const moved = await Promise.all([1, 2, 3].map(() => move('race', '100', '200')));
  expect(moved.sort()).toEqual([false, false, true]);
  expect(await countedBy(database, 'race')).toEqual(counts({ rows: 200, updated: 200 }));
});

test('one that failed is written down with all that it has counted', async () => {
  const selector = {};
  await insertBackfill(
    database,
    { id: 'deletes', pipeline: 'cdc', via: 'source', plan: { selector }, workflowId: 'backfill/deletes' },
    () => undefined,
  );
  await move('deletes', null, '100', { removed: 10 });
  await expect(move('deletes', '100', '200', { removed: 1 })).rejects.toMatchObject({
    code: 'BACKFILL_DELETES',
  });
  // The slice that failed has told its workflow nothing.
  await recordBackfill(database, 'deletes', 'failed', noCounts, 'would delete too much');
  expect(await findBackfill(database, 'deletes')).toMatchObject({
    state: 'failed',
    counts: counts({ rows: 100, updated: 100 }),
  });
});
