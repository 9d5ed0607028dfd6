import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gapsOf } from '../../../src/metadata/audit-gaps.ts';
import { createBatchEnds } from '../../../src/metadata/batch-ends.ts';
import { findBatchEnd, newestAuditedOffset, recordGap, sumCounts } from '../../../src/metadata/batches.ts';
import type { Database } from '../../../src/mysql/connection.ts';
import { countDeadLetters, listDeadLetters } from '../../../src/metadata/dead-letters/read-letters.ts';
import { createEpochStore } from '../../../src/metadata/epochs.ts';
import { readHistory } from '../../../src/metadata/history/read-history.ts';
import { apply, createNotes, put } from '../../support/batches.ts';
import { counts } from '../../support/counts.ts';
import { testDatabase } from '../../support/mysql.ts';

let database: Database;
let close: () => Promise<void>;
const place = { pipeline: 'notes', topic: 'notes', epoch: 1, partition: 0 };

beforeAll(async () => {
  ({ database, close } = await testDatabase({ poolSize: 6 }));
  await createNotes(database);
});
afterAll(() => close());

describe('epochs', () => {
  test('begin at 1, go up by one, and are kept as given', async () => {
    const store = createEpochStore(database);
    expect(await store.current('t')).toBeNull();
    const first = { topicId: 'id-1', partitions: 3, firstOffsets: [0, 5, 9007199254740991] };
    expect(await store.begin('t', { ...first, replaces: null })).toBe(1);
    expect(await store.current('t')).toEqual({ epoch: 1, ...first });
    expect(await store.begin('t', { ...first, replaces: 1 })).toBe(2);
    expect(await store.current('T')).toBeNull();
  });

  test('of many that begin one at the same time, one does', async () => {
    const store = createEpochStore(database);
    const begun = await Promise.all(
      ['a', 'b', 'c', 'd'].map((topicId) =>
        store.begin('race', { topicId, partitions: 1, firstOffsets: [0], replaces: null }),
      ),
    );
    expect(begun).toEqual([1, 1, 1, 1]);
    expect(await store.begin('race', { topicId: 'e', partitions: 1, firstOffsets: [0], replaces: 1 })).toBe(
      2,
    );
    expect(await store.begin('race', { topicId: 'f', partitions: 1, firstOffsets: [0], replaces: 1 })).toBe(
      2,
    );
    expect((await store.current('race'))?.topicId).toBe('e');
  });
});

describe('the audit trail', () => {
  test('knows where batches ended, counts a range by its first run, and keeps gaps', async () => {
    expect(await newestAuditedOffset(database, place)).toBeNull();
    await apply(database, [put(1, 0), put(2, 1), { kind: 'dead', code: 'RECORD_EMPTY', reason: 'empty' }]);
    await apply(database, [put(3, 3)], { first: 3 });
    await apply(database, [put(1, 0), put(2, 1), { kind: 'dead', code: 'RECORD_EMPTY', reason: 'empty' }]);
    await apply(database, [put(3, 3)], { first: 3, flag: 'replay' });
    const gap = { topic: 'notes', topicId: 'topic-1', epoch: 1, partition: 0, first: 4, last: 99 };
    for (const why of ['retention', 'again']) await recordGap(database, 'notes', { ...gap, why });
    await recordGap(database, 'notes', { ...gap, last: 120 });

    expect(await findBatchEnd(database, place, 0)).toBe(2);
    expect(await findBatchEnd(database, place, 1)).toBeNull();
    expect(await findBatchEnd(database, place, 4)).toBeNull();
    expect(await newestAuditedOffset(database, place)).toBe(120);
    expect(await newestAuditedOffset(database, { ...place, epoch: 2 })).toBeNull();
    expect(await createBatchEnds(database)({ ...place, first: 0, last: 50 })).toBe(2);
    const sums = { counts: counts({ rows: 4, inserted: 3, deadLettered: 1 }), batches: 2, gaps: 2 };
    expect(await sumCounts(database, 'notes'), 'a replay is none of them').toEqual(sums);
    expect(await sumCounts(database, 'notes', new Date(0))).toEqual(sums);
    const future = new Date(Date.now() + 3_600_000);
    expect(await sumCounts(database, 'notes', future)).toEqual({
      counts: counts({}),
      batches: 0,
      gaps: 0,
    });
    expect(await database.etlBatch.findFirst({ where: { kind: 'gap' } })).toMatchObject({
      note: 'retention',
    });
  });

  test('has times of the database clock and the bytes of the records', async () => {
    const row = await database.etlBatch.findFirstOrThrow({ where: { firstOffset: 3, flag: 'live' } });
    expect(row.byteCount).toBe(4n);
    expect(row.committedAt.getTime()).toBeGreaterThanOrEqual(row.startedAt.getTime());
    expect(Math.abs(row.committedAt.getTime() - Date.now())).toBeLessThan(60_000);
  });

  test('dead letters are listed and counted by code', async () => {
    expect(await countDeadLetters(database, 'notes')).toEqual([{ code: 'RECORD_EMPTY', count: 1 }]);
    const [letter] = await listDeadLetters(database, { pipeline: 'notes', code: 'RECORD_EMPTY' });
    expect(letter).toMatchObject({ offset: 2n, attempts: 1, reason: 'empty', status: 'open' });
    expect(await listDeadLetters(database, { pipeline: 'notes', statuses: ['loaded'] })).toEqual([]);
  });
});

test('the audit trail shows what no batch covers: until a replay has done it', async () => {
  const partition = { topic: 'notes', topicId: 'topic-1', epoch: 1, partition: 7 };
  const at = (first: number, flag: 'live' | 'replay' = 'live') =>
    apply(database, [put(70 + first, first), put(71 + first, first + 1)], {
      first,
      flag,
      range: { ...partition, first, last: first + 1 },
    });
  await at(0);
  await at(2);
  await at(6);
  await at(12);
  const ofPartition = async () =>
    gapsOf(await readHistory(database, 'notes'))
      .filter((gap) => gap.partition === 7)
      .map(({ kind, first, last }) => [kind, first, last]);
  expect(await ofPartition()).toEqual([
    ['hole', 4, 5],
    ['hole', 8, 11],
  ]);
  await at(4, 'replay');
  await recordGap(database, 'notes', { ...partition, first: 8, last: 11, why: 'retention' });
  expect(await ofPartition()).toEqual([['lost', 8, 11]]);
});
