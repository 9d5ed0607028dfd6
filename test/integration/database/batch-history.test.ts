import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTransaction } from '../../../src/mysql/transaction.ts';
import { gapsOf } from '../../../src/metadata/audit-gaps.ts';
import { createBatchEnds } from '../../../src/metadata/batch-ends.ts';
import { recordGap, sumCounts } from '../../../src/metadata/batches.ts';
import type { Database } from '../../../src/mysql/connection.ts';
import { pruneBatches, type InUse } from '../../../src/metadata/history/prune-batches.ts';
import { readHistory } from '../../../src/metadata/history/read-history.ts';
import { rollUp, rollUpPage } from '../../../src/metadata/history/roll-up.ts';
import { jumpsOf, unreadFilesOf } from '../../../src/metadata/position-jumps.ts';
import { Random } from '../../../src/lab/simulator/random.ts';
import { apply, createNotes, notesTable, put } from '../../support/batches.ts';
import { counts } from '../../support/counts.ts';
import { testDatabase } from '../../support/mysql.ts';
import { RandomHistory, type HistoryRow } from '../../support/random-history.ts';
import {
  createEveryBatch,
  everyBatch,
  slowGaps,
  slowJumps,
  slowSums,
  slowUnread,
} from '../../support/slow-history.ts';

let database: Database;
let close: () => Promise<void>;
const nobody = (): Promise<InUse> => Promise.resolve({ workflows: new Set(), backfills: new Set() });

beforeAll(async () => {
  ({ database, close } = await testDatabase({ poolSize: 8 }));
  await createNotes(database);
  await createEveryBatch(database);
});
afterAll(() => close());

const day = 86_400_000;

/** Writes rows as they were committed one hour after the other, the last of `rows` now. */
async function write(
  pipeline: string,
  rows: readonly HistoryRow[],
  age: (index: number) => number,
): Promise<void> {
  const started = Date.now();
  for (const [index, { kind, partition, first, last, flag, from, to, again }] of rows.entries()) {
    const records = last - first + 1;
    const row = {
      ...{ kind, pipeline, topic: 'history', topicId: '', epoch: 1, partition, flag, workflowId: 'w' },
      ...{ firstOffset: first, lastOffset: last, run: randomUUID(), firstPosition: from, lastPosition: to },
      ...(kind === 'gap' ? {} : { rowCount: records, [again ? 'stale' : 'inserted']: records }),
      startedAt: new Date(started - age(index)),
      committedAt: new Date(started - age(index)),
    };
    const { id } = await database.etlBatch.create({ data: row });
    await database.$executeRawUnsafe(`INSERT INTO ${everyBatch} SELECT * FROM etl_batches WHERE id = ?`, id);
  }
}

async function answers(pipeline: string): Promise<unknown> {
  const history = await readHistory(database, pipeline);
  const { counts: sums, batches } = await sumCounts(database, pipeline);
  return {
    sums: { batches, rows: sums.rows, inserted: sums.inserted, stale: sums.stale },
    gaps: gapsOf(history).map(({ partition, kind, first, last, notedAt }) =>
      [partition, kind, first, last, notedAt.toISOString()].join(' '),
    ),
    jumps: jumpsOf(history)
      .map(({ partition, offset, from, to }) => ({
        partition,
        offset,
        text: [partition, offset, from, to].join(' '),
      }))
      .sort((a, b) => a.partition - b.partition || a.offset - b.offset || (a.text < b.text ? -1 : 1))
      .map(({ text }) => text),
    unread: unreadFilesOf(history, 3_600).map(({ from, to }) => `${from} ${to}`),
  };
}

async function slowAnswers(pipeline: string): Promise<unknown> {
  return {
    sums: await slowSums(database, pipeline),
    gaps: await slowGaps(database, pipeline),
    jumps: await slowJumps(database, pipeline),
    unread: await slowUnread(database, pipeline, 3_600),
  };
}

test.each([1, 2, 3, 4, 5, 6])(
  'random history %i: totals, gaps, jumps and unread files are those of all rows, however much of them is pruned',
  async (seed) => {
    const random = new Random(seed);
    const pipeline = `random ${seed}`;
    const partitions = [0, 1].map((partition) => new RandomHistory(random, partition));
    for (let part = 0; part < 4; part += 1) {
      const rows = Array.from({ length: 60 }, () => random.pick(partitions).step()).flat();
      // From thirty days ago on; hours pass between two rows.
      await write(pipeline, rows, (index) => (30 - part * 7) * day - index * 3_600_000);
      expect(await answers(pipeline), 'nothing of it is rolled up').toEqual(await slowAnswers(pipeline));
      for (let page = 0; page < 1 + random.whole(8); page += 1)
        await rollUpPage(database, { pageRows: 1 + random.whole(40) });
      await pruneBatches(database, 30 - part * 7 - random.whole(6), nobody);
      expect(await answers(pipeline), 'parts of it are').toEqual(await slowAnswers(pipeline));
    }
    await rollUp(database);
    await pruneBatches(database, 0, nobody);
    expect(await answers(pipeline), 'all of it').toEqual(await slowAnswers(pipeline));
    expect(await database.etlBatch.count({ where: { pipeline, kind: 'batch' } })).toBeLessThanOrEqual(2);

    // Whoever reads a partition again, from anywhere and in whatever pieces, cuts no batch that is known, and nothing
    // of it counts once more.
    const before = await answers(pipeline);
    for (const [partition, { end }] of partitions.entries()) {
      const ends = createBatchEnds(database);
      const kept = await database.etlBatch.findMany({ where: { pipeline, partition, ...live } });
      for (let first = random.whole(20); first < end;) {
        const place = { pipeline, topic: 'history', epoch: 1, partition };
        const asked = first + random.whole(40);
        const last = (await ends({ ...place, first, last: asked })) ?? asked;
        const isCut = kept.some(({ firstOffset: from, lastOffset: to }) =>
          Number(from) > first ? Number(from) <= last && last < to : first <= to && last > to,
        );
        expect(isCut, `${first}-${last}`).toBe(false);
        const isKnown = partitions[partition]!.holdsAll(first, last);
        if (isKnown) await write(pipeline, [{ ...again, partition, first, last }], () => 3_600_000);
        first = last + 1;
      }
    }
    expect(((await answers(pipeline)) as { sums: unknown }).sums).toEqual((before as { sums: unknown }).sums);
  },
);

const live = { kind: 'batch', flag: 'live' } as const;
const again = { ...live, from: null, to: null, again: true };

const notes = (first: number, options: Parameters<typeof apply>[2] = {}) =>
  apply(database, [put(first, first), put(first + 1, first + 1)], { first, ...options });

/** Lets all that is there be older than any retention. It meets rows that are just being deleted, so it may have to wait its turn. */
async function age(pipeline: string): Promise<void> {
  await inTransaction(database, (transaction) =>
    transaction.$executeRawUnsafe(
      'UPDATE etl_batches SET committed_at = TIMESTAMPADD(DAY, -99, committed_at) WHERE pipeline = ? AND committed_at > TIMESTAMPADD(DAY, -50, UTC_TIMESTAMP(6))',
      pipeline,
    ),
  );
}

const firstsOf = async (pipeline: string): Promise<string[]> =>
  (await database.etlBatch.findMany({ where: { pipeline }, orderBy: { id: 'asc' } })).map(
    ({ kind, flag, firstOffset }) => `${kind} ${flag} ${firstOffset}`,
  );

test('gaps, the newest row, open dead letters and runs that may be tried again stay; a replay and a hole below are counted once', async () => {
  const partition = { topic: 'notes', topicId: 'topic-1', epoch: 1, partition: 0 };
  await notes(0);
  await notes(2, { workflowId: 'running' });
  await recordGap(database, 'notes', { ...partition, first: 4, last: 9 });
  await notes(10, { flag: 'replay', run: 'backfill' });
  await apply(database, [{ kind: 'dead', code: 'RECORD_EMPTY', reason: '' }, put(13, 13)], { first: 12 });
  await notes(14);
  await notes(20);
  await age('notes');
  await rollUp(database);
  const inUse = { workflows: new Set(['running']), backfills: new Set(['backfill']) };
  const sums = { counts: counts({ rows: 10, inserted: 9, deadLettered: 1 }), batches: 5, gaps: 1 };
  expect(await pruneBatches(database, 90, () => Promise.resolve(inUse))).toBe(2);
  const stays = ['batch live 2', 'gap live 4', 'batch replay 10', 'batch live 12', 'batch live 20'];
  expect(await firstsOf('notes')).toEqual(stays);
  expect(await sumCounts(database, 'notes')).toEqual(sums);

  await database.etlDeadLetter.updateMany({ data: { status: 'loaded' } });
  expect(await pruneBatches(database, 90, nobody)).toBe(3);
  expect(await firstsOf('notes')).toEqual(['gap live 4', 'batch live 20']);
  const holes = async () =>
    gapsOf(await readHistory(database, 'notes')).map(({ kind, first, last }) => [kind, first, last]);
  expect(await holes()).toEqual([
    ['lost', 4, 9],
    ['hole', 16, 19],
  ]);

  await notes(0, { flag: 'replay' });
  await notes(12); // the group's offsets were reset
  expect(await sumCounts(database, 'notes')).toEqual(sums);
  await notes(16);
  await notes(18, { flag: 'replay' });
  const filled = { ...sums, counts: counts({ rows: 12, inserted: 11, deadLettered: 1 }), batches: 6 };
  for (const when of ['at once', 'rolled up', 'pruned']) {
    expect(await sumCounts(database, 'notes'), when).toEqual(filled);
    expect(await holes(), when).toEqual([['lost', 4, 9]]);
    if (when === 'at once') await age('notes');
    await rollUp(database);
    if (when === 'rolled up') expect(await pruneBatches(database, 90, nobody)).toBe(4);
  }
});

test('a batch that is committed behind the mark is counted when it is pruned', async () => {
  const late = {
    pipeline: 'late',
    topic: 'late',
    topicId: '',
    epoch: 1,
    partition: 0,
    run: 'r',
    workflowId: '',
    flag: 'live',
  };
  const row = (id: bigint, first: number) =>
    database.etlBatch.create({
      data: {
        ...late,
        id,
        firstOffset: first,
        lastOffset: first,
        rowCount: 1,
        startedAt: new Date(0),
        committedAt: new Date(0),
      },
    });
  const { rolledUpTo } = await database.etlBatchMark.findFirstOrThrow();
  const { _max: written } = await database.etlBatch.aggregate({ _max: { id: true } });
  const newest = [rolledUpTo, written.id ?? 0n].reduce((a, b) => (a > b ? a : b));
  await row(newest + 2n, 1);
  await row(newest + 3n, 2);
  await rollUp(database);
  await row(newest + 1n, 0);
  expect((await sumCounts(database, 'late')).batches).toBe(2);
  expect(await pruneBatches(database, 1, nobody)).toBeGreaterThan(0);
  expect((await sumCounts(database, 'late')).batches).toBe(3);
});

test('several processes roll up and prune while batches are applied, and nothing is counted twice or not at all', async () => {
  const pipeline = 'busy';
  const work = async (partition: number): Promise<void> => {
    for (let first = 0; first < 60; first += 2) {
      const range = { topic: 'busy', topicId: '', epoch: 1, partition, first, last: first + 1 };
      const options = { pipeline, range, table: { ...notesTable, name: `busy_${partition}` } };
      await notes(first, options);
      if (first % 6 === 0) await age(pipeline);
    }
  };
  for (const partition of [0, 1])
    await database.$executeRawUnsafe(`CREATE TABLE busy_${partition} LIKE notes`);
  let working = true;
  const keep = async (): Promise<void> => {
    while (working) {
      await rollUpPage(database, { pageRows: 7 });
      await pruneBatches(database, 90, nobody);
      const { batches, counts: sums } = await sumCounts(database, pipeline);
      expect(sums.rows).toBe(2 * batches);
    }
  };
  const keepers = [keep(), keep(), keep()];
  await Promise.all([work(0), work(1)]).finally(() => (working = false));
  await Promise.all(keepers);
  await age(pipeline);
  await rollUp(database);
  await pruneBatches(database, 90, nobody);
  expect(await firstsOf(pipeline)).toHaveLength(2);
  expect(await sumCounts(database, pipeline)).toMatchObject({ batches: 60, counts: { rows: 120 } });
});

test('where too much is not rolled up yet, the rest is answered, and it is said', async () => {
  const all = await readHistory(database, 'busy');
  const { id } = await database.etlBatch.findFirstOrThrow({
    where: { pipeline: 'busy' },
    orderBy: { id: 'desc' },
  });
  await database.etlBatch.update({ where: { id }, data: { id: id + 2_000_000n } });
  const { leftOut, partitions } = await readHistory(database, 'busy');
  expect(leftOut).toBeGreaterThan(250_000);
  expect(partitions).toEqual(all.partitions);
});
