import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import { pruneHistory } from '../../../src/metadata/prune-ended.ts';
import { lastEqual, latestVerifications } from '../../../src/metadata/latest-verifications.ts';
import { testDatabase } from '../../support/mysql.ts';

let database: Database;
let close: () => Promise<void>;

beforeAll(async () => ({ database, close } = await testDatabase({ poolSize: 4 })));
afterAll(() => close());

const daysAgo = (days: number): Date => new Date(Math.floor(Date.now() / 1000) * 1000 - days * 86_400_000);

async function letter(offset: number, status: string, days: number): Promise<void> {
  await database.etlDeadLetter.create({
    data: {
      ...{
        pipeline: 'p',
        topic: 't',
        epoch: 1,
        partition: 0,
        offset,
        code: 'ROW_REJECTED',
        reason: '',
        status,
      },
      ...{
        headerBytes: Buffer.from('[]'),
        recordMs: 0,
        run: '',
        createdAt: daysAgo(days),
        updatedAt: daysAgo(days),
      },
    },
  });
}

test('of dead letters only those go that were closed long ago', async () => {
  await letter(1, 'open', 400);
  await letter(2, 'loaded', 400);
  await letter(3, 'discarded', 91);
  await letter(4, 'discarded', 89);
  expect((await pruneHistory(database, 90)).letters).toBe(2);
  const left = await database.etlDeadLetter.findMany({ orderBy: { offset: 'asc' } });
  expect(left.map(({ offset }) => Number(offset))).toEqual([1, 4]);
});

test('a backfill goes with its cursors, and one that has not ended stays', async () => {
  for (const [id, days] of [
    ['old', 200],
    ['new', 10],
    ['open', null],
  ] as const) {
    const finishedAt = days === null ? null : daysAgo(days);
    const at = daysAgo(days ?? 200);
    await database.etlBackfill.create({
      data: {
        ...{ id, pipeline: 'cdc', via: 'source', state: days === null ? 'paused' : 'completed', plan: {} },
        ...{ workflowId: id, createdAt: at, updatedAt: at, finishedAt },
      },
    });
    await database.etlBackfillSource.create({
      data: { backfillId: id, sourceDatabase: 's', sourceTable: 't', updatedAt: at },
    });
  }
  expect((await pruneHistory(database, 90)).backfills).toBe(1);
  const ids = (await database.etlBackfill.findMany()).map(({ id }) => id).sort();
  const cursors = (await database.etlBackfillSource.findMany()).map(({ backfillId }) => backfillId).sort();
  expect({ ids, cursors }).toEqual({ ids: ['new', 'open'], cursors: ['new', 'open'] });
});

test('what is read of the comparisons of a table is the same after old ones went, by several at once', async () => {
  for (const table of ['a', 'b']) {
    for (let days = 400; days > 100; days -= 10) {
      const state = table === 'b' && days < 300 ? 'different' : days % 50 === 0 ? 'failed' : 'equal';
      const at = daysAgo(days);
      await database.etlVerification.create({
        data: {
          ...{
            id: `v${days}`,
            sourceDatabase: 's',
            sourceTable: table,
            state,
            missing: state === 'different' ? days : 0,
          },
          ...{ createdAt: at, updatedAt: at, finishedAt: at },
        },
      });
    }
  }
  const read = async (): Promise<unknown> => [await latestVerifications(database), await lastEqual(database)];
  const before = await read();
  const pruned = await Promise.all([1, 2, 3].map(() => pruneHistory(database, 90, 7)));
  expect(pruned.reduce((sum, { verifications }) => sum + verifications, 0)).toBeGreaterThan(0);
  await pruneHistory(database, 90);
  expect(await read()).toEqual(before);
  // Of `a` the last that was equal and that failed, of `b` also the last that was different.
  expect(await database.etlVerification.count()).toBe(5);
});

test('a row that could not be read is not asked for any more once its table has been read since', async () => {
  const tables = [
    { table: 'read', beganAt: daysAgo(1), loadedAt: daysAgo(0) },
    { table: 'reading', beganAt: daysAgo(1), loadedAt: daysAgo(5) },
    { table: 'before', beganAt: daysAgo(5), loadedAt: daysAgo(4) },
  ];
  for (const { table, beganAt, loadedAt } of tables) {
    const name = { sourceDatabase: 's', sourceTable: table };
    const data = { ...name, state: 'ready', beganAt, loadedAt, updatedAt: loadedAt };
    await database.etlReplicaTable.create({ data });
    const asked = { targetTable: `r.${table}`, ...name, requestedAt: daysAgo(2) };
    await database.etlRefetch.create({
      data: { ...asked, keyHash: Buffer.alloc(16, 1), keyText: '["1"]', problem: 'too large' },
    });
    await database.etlRefetch.create({ data: { ...asked, keyHash: Buffer.alloc(16, 2), keyText: '["2"]' } });
  }
  expect((await pruneHistory(database, 90)).refetches).toBe(1);
  const left = await database.etlRefetch.findMany({ where: { problem: { not: null } } });
  expect(left.map(({ sourceTable }) => sourceTable).sort()).toEqual(['before', 'reading']);
});
