import { createConnection, type Connection } from 'mariadb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TableSchema } from '../../../src/cdc/schema/table-schema.ts';
import { driverOptions, type Database } from '../../../src/mysql/connection.ts';
import { readChunk, readKeys } from '../../../src/replica/read-chunk.ts';
import { readTableSchema } from '../../../src/mysql/schema/read-schema.ts';
import { statementsFor } from '../../../src/apply/statements.ts';
import { digestsOf, digestsWithin, nthKey, sumUp, valuesOf } from '../../../src/verify/compared-table.ts';
import { createNotes, notesTable } from '../../support/batches.ts';
import { testDatabase } from '../../support/mysql.ts';

/** As a server leaves it that was killed soon after a table was filled: the statistics say that it is empty. */
let connection: Connection;
let database: Database;
let close: () => Promise<void>;
let schema: TableSchema;
/** What is asked through `connection`. */
const asked: { readonly sql: string; readonly values: unknown }[] = [];

beforeAll(async () => {
  const { address, ...opened } = await testDatabase();
  ({ database, close } = opened);
  await createNotes(database);
  await database.$executeRawUnsafe('ALTER TABLE notes STATS_AUTO_RECALC = 0');
  await database.$executeRawUnsafe('ANALYZE TABLE notes');
  await database.$executeRawUnsafe(
    "INSERT INTO notes (id, body) SELECT a.d * 1000 + b.d * 100 + c.d * 10 + e.d, 'a' FROM " +
      ['a', 'b', 'c', 'e']
        .map((name) => `(SELECT ${[...Array(10).keys()].join(' AS d UNION ALL SELECT ')}) ${name}`)
        .join(', '),
  );
  // The server counts inserted rows in memory: now it reads again what is stored.
  await database.$executeRawUnsafe('FLUSH TABLES notes');
  const plain = await createConnection(driverOptions(address));
  schema = (await readTableSchema(plain, address.database, 'notes'))!;
  connection = new Proxy(plain, {
    get(target, name: keyof Connection) {
      if (name === 'query')
        return (sql: string, values: unknown) => {
          asked.push({ sql, values });
          return target.query(sql, values);
        };
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
});
afterAll(async () => {
  await connection?.end();
  await close?.();
});

/** How the server finds the rows of `x`: 'ALL' is all of them. */
async function accessOf(sql: string, values: unknown): Promise<string> {
  const plan = await connection.query<{ table: string | null; type: string; key: string | null }[]>(
    `EXPLAIN ${sql}`,
    values,
  );
  const { type, key } = plan.find(({ table }) => table === 'x') ?? {};
  return `${type} ${key}`;
}

test('the statistics are those of an empty table', async () => {
  const [plan] = await connection.query<{ rows: bigint }[]>('EXPLAIN SELECT * FROM notes');
  expect(Number(plan?.rows)).toBeLessThan(10);
});

test.each(['rows', 'remove'] as const)('a batch finds its keys by the primary key: %s', async (name) => {
  const keys = Array.from({ length: 1_000 }, (_, id) => [String(id), '1', String(id), '0']);
  expect(await accessOf(statementsFor(notesTable, false)[name], [JSON.stringify(keys)])).toBe(
    'eq_ref PRIMARY',
  );
});

test('so do chunks of a load, and of a verification', async () => {
  const side = { connection, database: schema.database, schema, target: notesTable };
  const range = { low: ['2000'], high: ['3000'] };
  const keys = Array.from({ length: 300 }, (_, id) => [String(id * 7)]);
  asked.length = 0;
  expect((await readChunk(connection, schema, notesTable, range, 100)).found.rows).toHaveLength(100);
  expect((await readKeys(connection, schema, notesTable, keys)).found).not.toContain(null);
  expect(await nthKey(side, range, 500)).toEqual(['2500']);
  expect((await sumUp(side, range)).rows).toBe(1_000);
  expect((await digestsWithin(side, range)).size).toBe(1_000);
  const texts = keys.map((key) => JSON.stringify(key) as never);
  expect((await digestsOf(side, texts)).size).toBe(300);
  expect((await valuesOf(side, texts, 'texts')).size).toBe(300);
  const reading = asked.filter(({ sql }) => sql.includes('`notes` x'));
  expect(reading).toHaveLength(7);
  for (const { sql, values } of [...reading]) expect(await accessOf(sql, values), sql).toBe('range PRIMARY');
});
