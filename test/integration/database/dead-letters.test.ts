import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import { inTransaction } from '../../../src/mysql/transaction.ts';
import { closeAs } from '../../../src/metadata/dead-letters/close-letters.ts';
import { settingPaths } from '../../../src/operations/dead-letters/correct-letter.ts';
import { discardLetters, discardMany } from '../../../src/operations/dead-letters/discard-letters.ts';
import { editLetter, editLetters } from '../../../src/operations/dead-letters/edit-letters.ts';
import { findLetters, getLetterWithHistory } from '../../../src/operations/dead-letters/find-letter.ts';
import type { LetterContext } from '../../../src/operations/dead-letters/letter-filter.ts';
import { printLetter } from '../../../src/operations/dead-letters/print-letter.ts';
import { nextCommands, printLetters } from '../../../src/operations/dead-letters/print-letters.ts';
import { parseSetting } from '../../../src/operations/dead-letters/set-path.ts';
import { applyOrders, insertReplicaLetter, letterContext } from '../../support/letters.ts';
import { testDatabase } from '../../support/mysql.ts';

let database: Database;
let context: LetterContext;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, close } = await testDatabase({ poolSize: 4 }));
  context = letterContext(database);
});
afterAll(() => close());
beforeEach(async () => {
  for (const table of ['orders', 'etl_fences', 'etl_batches', 'etl_dead_letters', 'etl_dead_letter_events'])
    await database.$executeRawUnsafe(`DELETE FROM ${table}`);
});

/** An order that is wrong in its total, with numbers that a double does not hold. */
const wrong = (id: string) => ({
  value: `{"id":${id},"total":"12.000","extra":1.50,"customer_id":18446744073709551615}`,
  key: id,
});
const set = (...settings: string[]) => settingPaths(settings.map(parseSetting));

async function ids(): Promise<string[]> {
  const rows = await database.etlDeadLetter.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
  return rows.map(({ id }) => String(id));
}

/** Closes a letter, as a redrive does that comes in between. */
const closeLetter = (id: string) =>
  inTransaction(database, (transaction) => closeAs(transaction, [BigInt(id)], 'loaded', 'redrive r', null));

test('letters are counted by what is wrong, and listed newest first', async () => {
  await applyOrders(database, [wrong('1'), wrong('2'), { value: 'not JSON' }]);
  const found = await findLetters(context, { limit: 2, pipeline: 'orders' });
  const [first, second, third] = await ids();
  expect(found.groups).toMatchObject([
    { code: 'ORDER_INVALID', count: 2, newestId: second },
    { code: 'RECORD_NOT_JSON', count: 1, newestId: third },
  ]);
  expect(found.letters.map(({ id }) => String(id))).toEqual([third, second]);
  expect(printLetters(found)).toContain('The newest 2 of 3 letters:');
  expect(nextCommands(found).join('\n')).toContain(`alir dead-letters show ${third}`);
  const { letter, events } = await getLetterWithHistory(database, first!);
  expect(printLetter(letter, events)).toContain('"customer_id": 18446744073709551615');
});

test('a pipeline that is gone is known while it has letters; names that nobody knows are refused', async () => {
  await applyOrders(database, [wrong('1')]);
  await expect(findLetters(context, { limit: 5, pipeline: 'invoices' })).rejects.toThrow(
    'There is no pipeline invoices.',
  );
  await expect(findLetters(context, { limit: 5, code: 'ODD' })).rejects.toMatchObject({
    message: 'There is no code ODD.',
    remedy: expect.stringContaining('ORDER_INVALID') as string,
  });
  await database.etlDeadLetter.updateMany({ data: { pipeline: 'invoices' } });
  expect((await findLetters(context, { limit: 5, pipeline: 'invoices' })).letters).toHaveLength(1);
  const [id] = await ids();
  await expect(editLetter(database, id!, set('total=1'), 'ani')).rejects.toMatchObject({
    code: 'LETTER_INVALID',
    message: expect.stringContaining('there is no pipeline invoices any more') as string,
  });
});

test('a letter that nobody has is missing', async () => {
  for (const id of ['1', 'x', '99999999999999999999'])
    await expect(getLetterWithHistory(database, id)).rejects.toMatchObject({ code: 'LETTER_MISSING' });
});

test('a correction is kept beside the original, exact, with its paths in the history', async () => {
  await applyOrders(database, [wrong('1')]);
  const [id] = await ids();
  await database.etlDeadLetter.updateMany({ data: { status: 'quarantined' } });
  await editLetter(database, id!, set('total=12000.10'), 'ani');
  const { letter, events } = await getLetterWithHistory(database, id!);
  expect(letter.status).toBe('open');
  expect(letter.record.value?.toString()).toBe(wrong('1').value);
  expect(letter.edit).toMatchObject({ by: 'ani' });
  expect(letter.edit?.value.toString()).toBe(
    '{"id":1,"total":12000.10,"extra":1.50,"customer_id":18446744073709551615}',
  );
  expect(events).toMatchObject([{ kind: 'edited', actor: 'ani', note: 'total' }]);
  expect(printLetter(letter, events)).toContain('"total": 12000.10,   ←  was "12.000"');
});

test('a further correction begins with the last one', async () => {
  await applyOrders(database, [wrong('1')]);
  const [id] = await ids();
  await editLetter(database, id!, set('total=1'), 'ani');
  await editLetter(database, id!, set('extra=2'), 'budi');
  const { letter } = await getLetterWithHistory(database, id!);
  expect(letter.edit?.value.toString()).toContain('"total":1,"extra":2');
});

test('what is still wrong is refused with the reason, and nothing is kept', async () => {
  await applyOrders(database, [wrong('1'), { value: Buffer.from([0xff]) }]);
  const [id, bytes] = await ids();
  const refused = async (letter: string, setting: string) => {
    await expect(editLetter(database, letter, set(setting), 'ani')).rejects.toMatchObject({
      code: 'LETTER_INVALID',
    });
    return editLetter(database, letter, set(setting), 'ani').catch((error: Error) => error.message);
  };
  expect(await refused(id!, 'total=many')).toContain('still wrong: ORDER_INVALID: total');
  expect(await refused(id!, 'items.0.price=1')).toContain('there is no items');
  expect(await refused(id!, 'extra=1.50')).toContain('nothing was changed');
  expect(await refused(bytes!, 'total=1')).toContain('its value has no paths');
  expect(await database.etlDeadLetter.count({ where: { editedValue: { not: null } } })).toBe(0);
  expect(await database.etlDeadLetterEvent.count()).toBe(0);
  const whole = Buffer.from('{"id":9,"total":1}');
  await editLetter(database, bytes!, () => whole, 'ani');
  const { events } = await getLetterWithHistory(database, bytes!);
  expect(events[0]?.note).toBe('the whole value');
});

test('a letter that is closed, also in between, is not corrected', async () => {
  await applyOrders(database, [wrong('1'), wrong('2')]);
  const [id, other] = await ids();
  await closeLetter(id!);
  await expect(editLetter(database, id!, set('total=1'), 'ani')).rejects.toMatchObject({
    code: 'LETTER_CLOSED',
    remedy: expect.stringContaining('send a new record') as string,
  });
  const { letter } = await getLetterWithHistory(database, other!);
  const meanwhile = Buffer.from('{"id":2,"total":1}');
  let closing: Promise<unknown> = Promise.resolve();
  const make = () => {
    closing = closeLetter(other!);
    return meanwhile;
  };
  // Whoever is first: either the correction is kept and then closed with its letter, or it is refused.
  const edited = await editLetter(database, other!, make, 'ani').then(
    () => 'kept',
    (error: { code: string }) => error.code,
  );
  await closing;
  const row = await database.etlDeadLetter.findUniqueOrThrow({ where: { id: letter.id } });
  expect(row.status).toBe('loaded');
  expect(row.editedValue === null).toBe(edited === 'LETTER_CLOSED');
});

test('a letter of a replica names the commands that cure it', async () => {
  await insertReplicaLetter(database, 5);
  const [id] = await ids();
  await expect(editLetter(database, id!, set('total=1'), 'ani')).rejects.toMatchObject({
    remedy: expect.stringContaining('alir backfill run --pipeline cdc --table orders --where-pk') as string,
  });
});

test('many are corrected at once: counted first, kept with yes, the others by reason', async () => {
  const many = Array.from({ length: 450 }, (_, index) => wrong(String(index + 1)));
  const bad = { value: '{"id":0.5,"total":"12.000"}' };
  await applyOrders(database, [...many, bad]);
  const asked = { code: 'ORDER_INVALID' };
  const settings = [parseSetting('total=12000')];
  const tried = await editLetters(context, asked, settings, { by: 'ani', dryRun: true });
  expect(tried).toMatchObject({ letters: 451, corrected: 450, dryRun: true });
  expect(tried.refused).toMatchObject([{ code: 'LETTER_INVALID', letters: 1, reason: /id/ }]);
  expect(await database.etlDeadLetter.count({ where: { editedValue: { not: null } } })).toBe(0);
  const done = await editLetters(context, asked, settings, { by: 'ani', dryRun: false });
  expect(done).toMatchObject({ letters: 451, corrected: 450 });
  expect(await database.etlDeadLetter.count({ where: { editedBy: 'ani' } })).toBe(450);
  await expect(editLetters(context, {}, settings, { by: 'ani', dryRun: true })).rejects.toThrow(
    'The request chooses no letters.',
  );
});

test('letters are discarded by id or by what is wrong, with who and why', async () => {
  await applyOrders(database, [wrong('1'), wrong('2'), wrong('3'), { value: 'not JSON' }]);
  const [first, second, third] = await ids();
  const discarding = { by: 'ani', reason: 'test orders' };
  await closeLetter(second!);
  await expect(discardLetters(database, [first!, second!], discarding)).rejects.toMatchObject({
    code: 'LETTER_CLOSED',
  });
  await expect(discardLetters(database, ['1'], discarding)).rejects.toMatchObject({ code: 'LETTER_MISSING' });
  expect(await discardLetters(database, [first!, first!], discarding)).toBe(1);
  const asked = { pipeline: 'orders', code: 'ORDER_INVALID' };
  expect(await discardMany(context, asked, { ...discarding, dryRun: true })).toBe(1);
  expect(await discardMany(context, asked, { ...discarding, dryRun: false })).toBe(1);
  const { letter, events } = await getLetterWithHistory(database, third!);
  expect(letter).toMatchObject({ status: 'discarded', closedBy: 'ani', note: 'test orders' });
  expect(events).toMatchObject([{ kind: 'discarded', actor: 'ani', note: 'test orders' }]);
  expect(await database.etlDeadLetter.count({ where: { status: 'open' } })).toBe(1);
});
