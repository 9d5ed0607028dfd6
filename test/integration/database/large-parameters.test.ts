import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { collapse } from '../../../src/apply/changes.ts';
import type { Database } from '../../../src/mysql/connection.ts';
import { executeLarge, queryLarge } from '../../../src/mysql/large-parameters.ts';
import { anyFences, writeChanges } from '../../../src/apply/write-changes.ts';
import { apply, createNotes, notesTable, put, recordsOf } from '../../support/batches.ts';
import { testDatabase } from '../../support/mysql.ts';

let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, close } = await testDatabase({ poolSize: 2 }));
  await database.$executeRawUnsafe('CREATE TABLE texts (id INT PRIMARY KEY, text LONGTEXT, more LONGTEXT)');
});
afterAll(() => close());

const large = `a'b"c\\d\n\u0000№😀 `.repeat(100_000);
const stored = () =>
  database.$queryRawUnsafe<object[]>('SELECT id, text, more FROM texts WHERE id < 100 ORDER BY id');

test('texts of any size arrive as they are, in and outside a transaction', async () => {
  const insert = 'INSERT INTO texts VALUES (?, ?, ?)';
  await executeLarge(database, insert, 1, large, 'small');
  await database.$transaction((transaction) => executeLarge(transaction, insert, 2, large, `${large}2`));
  expect(await stored()).toEqual([
    { id: 1, text: large, more: 'small' },
    { id: 2, text: large, more: `${large}2` },
  ]);
});

test('a question with a large text is answered', async () => {
  const ask = 'SELECT LENGTH(?) AS bytes, ? AS small';
  expect(await queryLarge(database, ask, large, 7)).toMatchObject([
    { bytes: BigInt(Buffer.byteLength(large)) },
  ]);
});

test('those of many statements at once are not mixed up', async () => {
  const texts = Array.from({ length: 20 }, (_, id) => `${id} `.repeat(5_000));
  const insert = 'INSERT INTO texts VALUES (?, ?, NULL)';
  await Promise.all(texts.map((text, id) => executeLarge(database, insert, 100 + id, text)));
  const found = await database.$queryRawUnsafe('SELECT text FROM texts WHERE id >= 100 ORDER BY id');
  expect(found).toEqual(texts.map((text) => ({ text })));
});

test('an error does not tell the text', async () => {
  const refused = executeLarge(database, 'INSERT INTO texts VALUES (?, ?, NULL)', 1, large);
  const error: unknown = await refused.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).message).toContain('Duplicate entry');
  expect((error as Error).message.length).toBeLessThan(1_000);
});

test('an answer that MySQL has cut is an error', async () => {
  const { database: own, close: end } = await testDatabase({ poolSize: 1 });
  onTestFinished(end);
  await createNotes(own);
  const steps = [put(1, 1, { body: 'a' }), put(2, 2, { body: 'b' })];
  await apply(own, steps);
  const { changes } = collapse(notesTable, recordsOf(steps), new Map());
  const look = (bytes: number) =>
    own.$transaction(async (transaction) => {
      await transaction.$executeRawUnsafe(`SET SESSION group_concat_max_len = ${bytes}`);
      return writeChanges(transaction, notesTable, changes, { rewrite: false, fences: anyFences });
    });
  const whole = 2 * '1 0 1 0123456789abcdef0123456789abcdef\n'.length;
  await expect(look(whole * 2)).resolves.toMatchObject({ counts: { stale: 2 } });
  for (const bytes of [whole / 2, whole / 2 - 3, 4])
    await expect(look(bytes)).rejects.toMatchObject({ code: 'UNEXPECTED' });
});
