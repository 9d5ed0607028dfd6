import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import { apply, createNotes, notesTable, put, remove, type Step } from '../../support/batches.ts';
import { testDatabase } from '../../support/mysql.ts';

let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, close } = await testDatabase({ poolSize: 6 }));
  await createNotes(database);
});
afterAll(() => close());

test('three partitions that write the same keys at once take turns: no deadlock, the newest change stands', async () => {
  const before = await deadlocks();
  const rounds = 8;
  const keys = 400;
  const offsetOf = (partition: number, round: number, key: number) =>
    ((round * keys + key) * 3 + partition) * 10;
  await Promise.all(
    [0, 1, 2].map(async (partition) => {
      for (let round = 0; round < rounds; round += 1) {
        const steps: Step[] = Array.from({ length: keys }, (_, key) => {
          const version = offsetOf(partition, round, key);
          return (key + round) % 5 === 0 ? remove(key, version) : put(key, version, { body: `${version}` });
        });
        await apply(database, steps.toReversed(), { first: partition * 1_000_000 + round * keys });
      }
    }),
  );
  const found = await database.$queryRawUnsafe<{ id: bigint; body: string }[]>(
    'SELECT id, body FROM notes ORDER BY id',
  );
  const last = rounds - 1;
  const expected = Array.from({ length: keys }, (_, key) => key)
    .filter((key) => (key + last) % 5 !== 0)
    .map((key) => ({ id: BigInt(key), body: String(offsetOf(2, last, key)) }));
  expect(found).toEqual(expected);
  expect(await deadlocks()).toBe(before);
});

test('writers of different tables do not wait for each other', async () => {
  await database.$executeRawUnsafe('CREATE TABLE other LIKE notes');
  const table = { ...notesTable, name: 'other' };
  let release = (): void => undefined;
  const holding = new Promise<void>((resolve) => (release = resolve));
  let held = (): void => undefined;
  const isHeld = new Promise<void>((resolve) => (held = resolve));
  const turn = database.$transaction(
    async (transaction) => {
      await transaction.$executeRawUnsafe(
        "SELECT * FROM etl_targets WHERE target_table = 'notes' FOR UPDATE",
      );
      held();
      await holding;
    },
    { timeout: 60_000 },
  );
  await isHeld;
  const waiting = apply(database, [put(1, 1e9)]);
  await apply(database, [put(1, 1), remove(2, 2)], { table, pipeline: 'other' });
  expect(await Promise.race([waiting, Promise.resolve('waits')])).toBe('waits');
  release();
  await turn;
  await waiting;
});

/** The server's own count: our retries would hide one. */
async function deadlocks(): Promise<number> {
  const [row] = await database.$queryRawUnsafe<{ count: bigint }[]>(
    "SELECT count FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'",
  );
  return Number(row?.count ?? 0);
}
