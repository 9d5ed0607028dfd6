import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../src/mysql/connection.ts';
import { decodeHeaders } from '../../../src/metadata/dead-letters/write-letters.ts';
import type { MysqlAddress } from '../../../src/config/load-config.ts';
import { apply, createNotes, put, readNotes, recordsOf, remove } from '../../support/batches.ts';
import { counts } from '../../support/counts.ts';
import { testDatabase } from '../../support/mysql.ts';

let address: MysqlAddress;
let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ address, database, close } = await testDatabase({ poolSize: 4 }));
  await createNotes(database);
});
afterAll(() => close());
beforeEach(async () => {
  for (const table of ['notes', 'etl_fences', 'etl_batches', 'etl_dead_letters', 'etl_dead_letter_events']) {
    await database.$executeRawUnsafe(`DELETE FROM ${table}`);
  }
});

const tooLong = 'Budi Santoso, Jalan Mawar 3';

test('bad rows go to the dead letters, the rest of the batch loads', async () => {
  const outcomes = Array.from({ length: 300 }, (_, index) => put(index, index, { body: `n${index}` }));
  const bad = new Map<number, Record<string, string>>([
    [7, { body: tooLong }],
    [8, { amount: '123456789012.00' }],
    [150, { amount: 'twelve' }],
    [299, { body: '\ud800' }],
  ]);
  for (const [index, row] of bad) outcomes[index] = put(index, index, row);
  const { counts: result, rejected } = await apply(database, outcomes);

  expect(result).toEqual(counts({ rows: 300, inserted: 296, deadLettered: 4 }));
  expect([...rejected.keys()].sort((a, b) => a - b)).toEqual([...bad.keys()]);
  expect(rejected.get(7)).toEqual({
    code: 'ROW_REJECTED',
    reason: 'column body is too long',
    reasons: [{ path: 'body', rule: 'is too long' }],
  });
  expect(rejected.get(8)?.reason).toBe('column amount is out of range');
  expect(rejected.get(150)?.reason).toBe('column amount is not a valid value of its type');
  expect(JSON.stringify([...rejected.values()])).not.toMatch(/Budi|twelve|123456/);
  expect(Object.keys(await readNotes(database))).toHaveLength(296);
  expect(await database.etlDeadLetter.count({ where: { code: 'ROW_REJECTED', status: 'open' } })).toBe(4);
  expect(await database.etlDeadLetter.count({ where: { field: 'amount', keyText: { not: null } } })).toBe(2);
});

test('an older good change of the key takes the place of a refused one', async () => {
  const result = await apply(database, [put(1, 1, { body: 'good' }), put(1, 2, { body: tooLong })]);
  expect(result.counts).toEqual(counts({ rows: 2, inserted: 1, deadLettered: 1 }));
  expect(await readNotes(database)).toEqual({ 1: 'good/NULL@1' });
});

test('a batch of nothing but poison is one of dead letters', async () => {
  const result = await apply(
    database,
    Array.from({ length: 40 }, (_, index) => put(index, index, { body: tooLong })),
  );
  expect(result.counts).toEqual(counts({ rows: 40, deadLettered: 40 }));
  expect(await readNotes(database)).toEqual({});
});

test('a refused key change leaves the old row', async () => {
  await apply(database, [put(1, 1, { body: 'a' })]);
  const result = await apply(database, [{ ...put(2, 2, { body: tooLong }), replaces: ['1'] }]);
  expect(result.counts.deadLettered).toBe(1);
  expect(await readNotes(database)).toEqual({ 1: 'a/NULL@1' });
});

test('keys that no BIGINT UNSIGNED holds are refused and hit no other row', async () => {
  await apply(database, [put('18446744073709551615', 1, { body: 'last' })]);
  const keys = ['18446744073709551616', '-1', '1.5', '01', '', 'x'];
  const result = await apply(database, [...keys.map((key, index) => remove(key, 10 + index)), put(5, 20)]);
  expect(result.counts).toEqual(counts({ rows: 7, inserted: 1, deadLettered: 6 }));
  expect(await readNotes(database)).toHaveProperty('18446744073709551615', 'last/NULL@1');
});

test('dead letters keep every byte, and failing again is the same letter', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  const [plain] = recordsOf([{ kind: 'dead', code: 'RECORD_NOT_UTF8', reason: 'byte 128' }]);
  const record = {
    ...plain!.record,
    key: null,
    value: bytes,
    headers: [
      ['a', bytes],
      ['ü', Buffer.alloc(0)],
      ['a', Buffer.from('second')],
    ] as [string, Buffer][],
    timestamp: -1,
  };
  const outcome = { kind: 'dead', code: 'RECORD_NOT_UTF8', reason: `${'🙏'.repeat(2000)}` } as const;
  await apply(database, [outcome], { records: [{ record, outcome }] });
  await apply(database, [outcome], { records: [{ record, outcome: { ...outcome, reason: 'again' } }] });
  const [letter, ...others] = await database.etlDeadLetter.findMany();
  expect(others).toEqual([]);
  expect(letter).toMatchObject({
    keyBytes: null,
    attempts: 1, // only redrives count
    status: 'open',
    reason: 'again',
    recordMs: -1n,
  });
  expect(Buffer.from(letter!.valueBytes!)).toEqual(bytes);
  expect(decodeHeaders(letter!.headerBytes)).toEqual(record.headers);
});

test('what was closed stays closed, whoever reads it again', async () => {
  const dead = { kind: 'dead', code: 'RECORD_EMPTY', reason: 'empty' } as const;
  for (const status of ['discarded', 'loaded', 'ignored', 'superseded']) {
    await apply(database, [dead]);
    await database.etlDeadLetter.updateMany({ data: { status } });
    await apply(database, [{ ...dead, reason: 'again' }]);
    expect(await database.etlDeadLetter.findMany()).toMatchObject([{ status, reason: 'empty' }]);
    await database.etlDeadLetter.deleteMany();
  }
});

test('a letter closes when its record is read again and is dead no more', async () => {
  const dead = { kind: 'dead', code: 'ORDER_INVALID', reason: 'total: must be a number' } as const;
  await apply(database, [dead, dead, dead, dead, dead], { first: 10 });
  await apply(database, [put(1, 20)], { first: 50 });
  // Loaded, older than the row, another table's, superseded within its batch, still dead.
  const again = [
    put(7, 10),
    put(1, 11),
    { kind: 'ignored', why: 'another table' } as const,
    put(8, 13),
    dead,
  ];
  await apply(database, again, { first: 10, flag: 'replay', run: 'b-1' });
  const letters = await database.etlDeadLetter.findMany({ orderBy: { offset: 'asc' } });
  expect(letters.map(({ status }) => status)).toEqual(['loaded', 'superseded', 'ignored', 'loaded', 'open']);
  expect(letters[0]).toMatchObject({ closedBy: 'backfill b-1', origin: 'live' });
  expect(await database.etlDeadLetterEvent.count()).toBe(4);
});

test('the first live run counts a letter; a later one does not', async () => {
  const dead = { kind: 'dead', code: 'RECORD_EMPTY', reason: 'empty' } as const;
  await apply(database, [dead], { first: 5, flag: 'replay', run: 'b-2' });
  await apply(database, [put(1, 5), put(2, 6)], { first: 5 });
  await apply(database, [dead, dead], { first: 5, run: 'again' });
  const letters = await database.etlDeadLetter.findMany({ orderBy: { offset: 'asc' } });
  expect(letters.map(({ origin }) => origin)).toEqual(['replay', 'reread']);
});

test('offsets and times of dead letters are exact', async () => {
  const first = Number.MAX_SAFE_INTEGER - 1;
  await apply(database, [{ kind: 'dead', code: 'RECORD_EMPTY', reason: 'empty' }], { first });
  const [letter] = await database.etlDeadLetter.findMany();
  expect(letter).toMatchObject({ offset: BigInt(first), recordMs: 1_790_000_000_000n });
});

test('an outage is never a row at fault', async () => {
  const outcomes = [put(1, 1, { body: 'a' }), put(2, 2, { body: tooLong })];
  const away = openDatabase({ ...address, port: 1 }, { acquireTimeoutMs: 500 });
  await expect(apply(away, outcomes)).rejects.toMatchObject({ code: 'MYSQL_UNAVAILABLE' });
  await away.$disconnect();
  const locked = openDatabase({ ...address, password: 'wrong' }, { acquireTimeoutMs: 500 });
  await expect(apply(locked, outcomes)).rejects.toMatchObject({ code: 'MYSQL_ACCESS_DENIED' });
  await locked.$disconnect();
  expect(await database.etlDeadLetter.count()).toBe(0);
});

test('a connection that is killed in the middle applies nothing', async () => {
  const blocker = openDatabase(address, { poolSize: 2 });
  const held = await new Promise<() => void>((resolve, reject) => {
    blocker
      .$transaction(
        async (transaction) => {
          await transaction.$executeRawUnsafe('INSERT INTO notes (id) VALUES (5)');
          await new Promise<void>((release) => resolve(release));
        },
        { timeout: 60_000 },
      )
      .catch(reject);
  });
  const applying = apply(database, [put(4, 1), put(5, 2)]);
  const refused = expect(applying).rejects.toMatchObject({ code: 'MYSQL_UNAVAILABLE' });
  for (let killed = false; !killed;) {
    const waiting = await blocker.$queryRawUnsafe<{ id: bigint }[]>(
      "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'SELECT COUNT%FOR UPDATE' AND id <> CONNECTION_ID()",
    );
    for (const { id } of waiting) await blocker.$executeRawUnsafe(`KILL ${id}`);
    killed = waiting.length > 0;
  }
  await refused;
  held();
  await blocker.$disconnect();
  expect(await database.etlBatch.count()).toBe(0);
  expect(await readNotes(database)).not.toHaveProperty('4');
});
