import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import { inTransaction } from '../../../src/mysql/transaction.ts';
import { closeAs } from '../../../src/metadata/dead-letters/close-letters.ts';
import { eraseLetters } from '../../../src/operations/dead-letters/erase-letters.ts';
import { exportLetters } from '../../../src/operations/dead-letters/export-letters.ts';
import { importEdits } from '../../../src/operations/dead-letters/import-edits.ts';
import type { LetterContext } from '../../../src/operations/dead-letters/letter-filter.ts';
import { applyOrders, letterContext } from '../../support/letters.ts';
import { testDatabase } from '../../support/mysql.ts';

let database: Database;
let context: LetterContext;
let close: () => Promise<void>;
const folder = mkdtempSync(join(tmpdir(), 'alir-letters-'));
const file = join(folder, 'letters.csv');

beforeAll(async () => {
  ({ database, close } = await testDatabase({ poolSize: 4 }));
  context = letterContext(database);
});
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  rmSync(file, { force: true });
  for (const table of ['orders', 'etl_fences', 'etl_batches', 'etl_dead_letters', 'etl_dead_letter_events'])
    await database.$executeRawUnsafe(`DELETE FROM ${table}`);
});

type Row = Record<string, string>;

const order = (id: number, total: string) => `{"id":${id},"total":"${total}",
"note":"a, b"}`;
const read = (): Row[] => parse(readFileSync(file), { bom: true, columns: true });
const write = (rows: readonly Row[]): void => writeFileSync(file, stringify([...rows], { header: true }));
const by = { by: 'ani', dryRun: false };

test('corrections go through a spreadsheet and come back; the rest stays as it was', async () => {
  await applyOrders(database, [
    { value: order(1, 'x') },
    { value: order(2, 'y') },
    { value: Buffer.from([0xff, 0xfe]) },
    { value: '=HYPERLINK("http://x")' },
  ]);
  expect(await exportLetters(context, {}, { to: file, force: false })).toEqual({ letters: 3, leftOut: 1 });
  const rows = read();
  expect(rows.map(({ value }) => value?.slice(0, 11))).toEqual(['{"id":1,"to', '{"id":2,"to', `'=HYPERLINK`]);
  write(rows.map((row) => (row['offset'] === '0' ? { ...row, value: order(1, '12.50') } : row)));
  expect(await importEdits(database, file, { ...by, dryRun: true })).toMatchObject({
    corrected: 1,
    unchanged: 2,
  });
  expect(await importEdits(database, file, by)).toEqual({
    corrected: 1,
    unchanged: 2,
    refused: [],
    dryRun: false,
  });
  const letter = await database.etlDeadLetter.findFirstOrThrow({ where: { editedBy: 'ani' } });
  expect(Buffer.from(letter.editedValue!).toString()).toBe(order(1, '12.50'));
  expect(Buffer.from(letter.valueBytes!).toString()).toBe(order(1, 'x'));
});

test('each row that is wrong is named, and keeps no other back', async () => {
  await applyOrders(
    database,
    [1, 2, 3, 4].map((id) => ({ value: order(id, 'x') })),
  );
  await exportLetters(context, {}, { to: file, force: false });
  const rows = read().map((row, index) => ({ ...row, value: order(index + 1, '1.00') }));
  const [first, second, third, fourth] = rows as unknown as [Row, Row, Row, Row];
  await inTransaction(database, (transaction) =>
    closeAs(transaction, [BigInt(third['id']!)], 'loaded', 'redrive r', null),
  );
  const swapped = { ...second, id: first['id']! };
  const unknown = { ...fourth, id: '99999999' };
  write([first, swapped, third, { ...fourth, value: order(4, 'still wrong') }, unknown]);
  const { corrected, refused } = await importEdits(database, file, by);
  expect(corrected).toBe(1);
  expect(refused.map(({ id, reason }) => [id, reason])).toEqual([
    [first['id'], expect.stringContaining('this id is the letter of raw_orders/0/0') as string],
    [third['id'], 'it is loaded'],
    [fourth['id'], expect.stringContaining('still wrong: ORDER_INVALID: total') as string],
    ['99999999', 'there is no dead letter of this id'],
  ]);
  expect(refused.map(({ line }) => line)).toEqual([5, 7, 9, 11]);
});

test('a file that is there, none, or another one: a sentence', async () => {
  await applyOrders(database, [{ value: order(1, 'x') }]);
  writeFileSync(file, 'mine');
  await expect(exportLetters(context, {}, { to: file, force: false })).rejects.toMatchObject({
    code: 'FILE_FAILED',
    message: `${file} exists.`,
  });
  expect(readFileSync(file, 'utf8')).toBe('mine');
  await expect(importEdits(database, file, by)).rejects.toThrow(
    'has no column id, topic, partition, offset, value',
  );
  await exportLetters(context, {}, { to: file, force: true });
  expect(read()).toHaveLength(1);
  const nowhere = join(folder, 'no', 'such.csv');
  await expect(exportLetters(context, {}, { to: nowhere, force: false })).rejects.toThrow(
    'cannot be written',
  );
  await expect(importEdits(database, nowhere, by)).rejects.toThrow('cannot be read');
});

test('the letters of one key are erased, and stay in the books', async () => {
  await applyOrders(database, [
    { value: order(1, 'x') },
    { value: order(2, 'x') },
    { value: 'no JSON', key: '1' },
  ]);
  const erasing = { pipeline: 'orders', key: ['1'] };
  expect(await eraseLetters(database, { ...erasing, dryRun: true })).toBe(2);
  expect(await eraseLetters(database, { ...erasing, table: 'orders', dryRun: false })).toBe(2);
  expect(await database.etlDeadLetter.count()).toBe(1);
  expect(await database.etlDeadLetterTotal.findMany()).toMatchObject([
    { origin: 'live', status: 'open', letters: 2n },
  ]);
});
