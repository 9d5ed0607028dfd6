import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import { apply, createNotes, put, readNotes, remove } from '../../support/batches.ts';
import { counts } from '../../support/counts.ts';
import { testDatabase } from '../../support/mysql.ts';

let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, close } = await testDatabase({ poolSize: 4 }));
  await createNotes(database);
});
afterAll(() => close());
beforeEach(async () => {
  for (const table of ['notes', 'etl_fences', 'etl_batches', 'etl_dead_letters', 'etl_targets']) {
    await database.$executeRawUnsafe(`DELETE FROM ${table}`);
  }
});

describe('every record is counted once', () => {
  test('inserted, superseded, ignored, dead-lettered', async () => {
    const result = await apply(database, [
      put(1, 0, { body: 'old' }),
      put(2, 1, { body: 'b' }),
      put(1, 2, { body: 'new' }),
      { kind: 'ignored', why: 'DDL' },
      { kind: 'dead', code: 'RECORD_NOT_JSON', reason: 'at character 3' },
    ]);
    expect(result.counts).toEqual(
      counts({ rows: 5, inserted: 2, superseded: 1, ignored: 1, deadLettered: 1 }),
    );
    expect(await readNotes(database)).toEqual({ 1: 'new/NULL@2', 2: 'b/NULL@1' });
  });

  test('updated, unchanged, stale by age, stale by equal position', async () => {
    await apply(database, [
      put(1, 1, { body: 'a' }),
      put(2, 2, { body: 'b' }),
      put(3, 9),
      put(4, 4, { body: 'd' }),
    ]);
    const result = await apply(database, [
      put(1, 11, { body: 'A' }),
      put(2, 12, { body: 'b', flag: 'replay' }),
      put(3, 8, { body: 'late' }),
      put(4, 4, { body: 'same position' }),
    ]);
    expect(result.counts).toEqual(counts({ rows: 4, updated: 1, unchanged: 1, stale: 2 }));
    expect(await readNotes(database)).toEqual({
      1: 'A/NULL@11',
      2: 'b/NULL@12',
      3: 'NULL/NULL@9',
      4: 'd/NULL@4',
    });
  });

  test('deleted; a delete of nothing is unchanged, an older one stale', async () => {
    await apply(database, [put(1, 1), put(2, 20)]);
    const result = await apply(database, [remove(1, 10), remove(2, 10), remove(3, 10)]);
    expect(result.counts).toEqual(counts({ rows: 3, deleted: 1, stale: 1, unchanged: 1 }));
    expect(await apply(database, [remove(1, 10), remove(3, 9), remove(3, 11)])).toMatchObject({
      counts: counts({ rows: 3, stale: 1, superseded: 1, unchanged: 1 }),
    });
    expect(Object.keys(await readNotes(database))).toEqual(['2']);
  });

  test('a row that was changed by hand is not taken for unchanged', async () => {
    await apply(database, [put(1, 1, { body: 'a', amount: '1.00' })]);
    await database.$executeRawUnsafe("UPDATE notes SET body = 'spoilt'");
    expect((await apply(database, [put(1, 2, { body: 'a', amount: '1.00' })])).counts.updated).toBe(1);
    expect(await readNotes(database)).toEqual({ 1: 'a/1.00@2' });
  });

  test('a key change moves the row and counts once', async () => {
    await apply(database, [put(1, 1, { body: 'a' })]);
    const result = await apply(database, [{ ...put(7, 2, { body: 'a' }), replaces: ['1'] }]);
    expect(result.counts).toEqual(counts({ rows: 1, inserted: 1 }));
    expect(await readNotes(database)).toEqual({ 7: 'a/NULL@2' });
    expect((await apply(database, [put(1, 1, { body: 'a' })])).counts.stale).toBe(1);
  });

  test('an empty batch leaves an audit row', async () => {
    expect((await apply(database, [])).counts).toEqual(counts({}));
    expect(await database.etlBatch.count()).toBe(1);
  });
});

describe('the fence', () => {
  test('keeps a deleted row deleted, until something newer comes', async () => {
    await apply(database, [put(1, 1, { body: 'a' })]);
    await apply(database, [remove(1, 5)]);
    expect((await apply(database, [put(1, 1), put(1, 4)])).counts).toEqual(
      counts({ rows: 2, superseded: 1, stale: 1 }),
    );
    expect(await readNotes(database)).toEqual({});
    expect((await apply(database, [put(1, 6, { body: 'again' })])).counts.inserted).toBe(1);
    expect(await readNotes(database)).toEqual({ 1: 'again/NULL@6' });
  });

  test('holds where there was never a row, and keeps the greatest position', async () => {
    await apply(database, [remove(1, [2, 5, 0])]);
    await apply(database, [remove(1, [1, 9, 9])]);
    const [fence] = await database.etlFence.findMany();
    expect(fence).toMatchObject({ targetTable: 'notes', keyText: '["1"]', v1: 2n, v2: 5n, v3: 0n, v4: 0n });
    expect((await apply(database, [put(1, [1, 10, 0])])).counts.stale).toBe(1);
    expect((await apply(database, [put(1, [2, 5, 1])])).counts.inserted).toBe(1);
  });
});

describe('a requested re-read', () => {
  test('rewrites equal positions and never newer ones', async () => {
    await apply(database, [put(1, 1, { body: 'a' }), put(2, 2, { body: 'b' }), put(3, 3, { body: 'c' })]);
    await apply(database, [put(3, 30, { body: 'newer' })]);
    await database.$executeRawUnsafe("UPDATE notes SET body = 'spoilt' WHERE id = 1");
    const again = [
      put(1, 1, { body: 'a' }),
      put(2, 2, { body: 'b' }),
      put(3, 3, { body: 'c' }),
      remove(4, 4),
    ];
    const result = await apply(database, again, { rewrite: true, flag: 'replay' });
    expect(result.counts).toEqual(counts({ rows: 4, updated: 1, unchanged: 2, stale: 1 }));
    expect(await readNotes(database)).toEqual({ 1: 'a/NULL@1', 2: 'b/NULL@2', 3: 'newer/NULL@30' });
  });
});

describe('attempts and runs', () => {
  test('a second attempt of a run returns its counts and applies nothing', async () => {
    const run = randomUUID();
    const records = [put(1, 1, { body: 'a' }), put(2, 2, { body: 'much too long for the column' })];
    const first = await apply(database, records, { run });
    await database.$executeRawUnsafe('DELETE FROM notes');
    const second = await apply(database, records, { run });
    expect(first).toMatchObject({
      alreadyApplied: false,
      counts: counts({ rows: 2, inserted: 1, deadLettered: 1 }),
    });
    expect(second).toEqual({ ...first, alreadyApplied: true });
    expect(await readNotes(database)).toEqual({});
  });

  test('another run of the range finds everything stale', async () => {
    const records = [put(1, 1), put(2, 2)];
    await apply(database, records);
    expect((await apply(database, records)).counts).toEqual(counts({ rows: 2, stale: 2 }));
    expect(await database.etlBatch.count()).toBe(2);
  });

  test('a table that belongs to another pipeline is refused', async () => {
    await apply(database, [put(1, 1)]);
    await expect(apply(database, [put(1, 2)], { pipeline: 'other' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

test('positions are exact up to 2^53', async () => {
  const last = Number.MAX_SAFE_INTEGER;
  await apply(database, [put(1, [1, last - 1, 0], { body: 'a' })]);
  expect((await apply(database, [put(1, [1, last, 0], { body: 'b' })])).counts.updated).toBe(1);
  expect((await apply(database, [put(1, [1, last - 1, last], { body: 'a' })])).counts.stale).toBe(1);
  expect(await readNotes(database)).toEqual({ 1: `b/NULL@${last}` });
});

test('keys and texts arrive as they are', async () => {
  const texts = ['null', '', '[]', '{}', '"', "\\'", 'a\u0000b', 'Ŝ 🙏 ß', ' padded ', '0x41', '1e3'];
  const largest = 18446744073709551615n;
  const keys = texts.map((_, index) => String(largest - BigInt(index)));
  await apply(
    database,
    texts.map((body, index) => put(keys[index] ?? '', index, { body })),
  );
  const rows = await database.$queryRawUnsafe<{ id: string; body: string }[]>(
    'SELECT CAST(id AS CHAR) id, body FROM notes',
  );
  expect(Object.fromEntries(rows.map(({ id, body }) => [id, body]))).toEqual(
    Object.fromEntries(keys.map((key, index) => [key, texts[index]])),
  );
  const neighbours = ['9007199254740992', '9007199254740993'];
  await apply(
    database,
    neighbours.map((key) => put(key, 50, { body: key })),
  );
  expect((await apply(database, [remove('9007199254740993', 51)])).counts.deleted).toBe(1);
  expect(await readNotes(database)).toHaveProperty('9007199254740992');
});
