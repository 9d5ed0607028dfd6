import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../../src/mysql/connection.ts';
import { withConnection } from '../../../src/mysql/server-connection.ts';
import type { TargetTable } from '../../../src/pipelines/pipeline.ts';
import { unsignedKey } from '../../../src/pipelines/orders/target-row.ts';
import { apply, put } from '../../support/batches.ts';
import { counts } from '../../support/counts.ts';
import { testDatabase } from '../../support/mysql.ts';

interface ColumnCase {
  readonly type: string;
  /** As MySQL prints them. */
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const cases: readonly ColumnCase[] = [
  { type: 'TINYINT(1)', good: ['0', '1', '-128', '127'], bad: ['128', 'yes', '1.x'] },
  { type: 'INT UNSIGNED', good: ['0', '4294967295'], bad: ['4294967296', '99999999999', '-1'] },
  { type: 'BIGINT', good: ['-9223372036854775808', '9223372036854775807'], bad: ['9223372036854775808'] },
  { type: 'BIGINT UNSIGNED', good: ['0', '18446744073709551615'], bad: ['18446744073709551616', '-1'] },
  {
    type: 'DECIMAL(20, 2)',
    good: ['0.00', '-1.50', '999999999999999999.99'],
    bad: ['1000000000000000000.00', 'x'],
  },
  { type: 'DECIMAL(65, 30)', good: [`1.${'0'.repeat(29)}1`], bad: [`1${'0'.repeat(35)}`] },
  { type: 'DOUBLE', good: ['0.1', '-1.7976931348623157e308'], bad: ['1e309', 'x'] },
  { type: 'CHAR(3)', good: ['IDR', ''], bad: ['RUPIAH'] },
  { type: 'VARCHAR(5)', good: ['', ' a ', 'Ŝ🙏ßéx', 'null', '[]'], bad: ['sixsix'] },
  { type: 'VARCHAR(5) CHARACTER SET latin1', good: ['éüß'], bad: ['🙏'] },
  { type: 'LONGTEXT', good: ['a:b', '3:abc', 'N', 'x'.repeat(70_000)], bad: [] },
  { type: 'DATE', good: ['2026-02-28', '1000-01-01'], bad: ['2026-02-29', '2026-13-01'] },
  { type: 'DATETIME(3)', good: ['2026-11-23 01:16:30.250'], bad: ['2026-11-23 25:00:00.000'] },
  { type: 'DATETIME(6)', good: ['2026-11-23 01:16:30.000001', '9999-12-31 23:59:59.999999'], bad: ['soon'] },
  { type: 'TIMESTAMP(6) NULL', good: ['2026-11-23 01:16:30.250000'], bad: ['1969-12-31 23:59:59.000000'] },
  { type: 'TIME(3)', good: ['-838:59:59.000', '01:02:03.004'], bad: ['839:00:00.000'] },
  { type: "ENUM('pending', 'paid')", good: ['paid'], bad: ['Paid?', ''] },
];

let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, close } = await testDatabase());
});
afterAll(() => close());

describe.each(cases.map((column, index) => ({ ...column, index })))('$type', ({ type, good, bad, index }) => {
  const table: TargetTable = {
    name: `typed_${index}`,
    key: [unsignedKey('id')],
    columns: [
      { name: 'before', role: 'data' },
      { name: 'value', role: 'data' },
    ],
    versionColumns: ['_offset'],
  };
  const into = { table, pipeline: 'typed' };
  const texts = [...good, undefined];
  const rows = (version: number) =>
    texts.map((value, key) =>
      put(key, [version], { before: 'x', ...(value === undefined ? {} : { value }) }),
    );

  const readBack = async () => {
    const found = await database.$queryRawUnsafe<{ text: string | null }[]>(
      `SELECT CONVERT(value USING utf8mb4) AS text FROM typed_${index} ORDER BY id`,
    );
    return found.map(({ text }) => text ?? undefined);
  };

  beforeAll(async () => {
    await database.$executeRawUnsafe(
      `CREATE TABLE typed_${index} (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, \`before\` VARCHAR(9), value ${type}, ` +
        '_offset BIGINT NOT NULL DEFAULT 0) DEFAULT CHARACTER SET utf8mb4',
    );
  });

  test('holds what it is given, and the same values later are unchanged', async () => {
    expect((await apply(database, rows(1), into)).counts.inserted).toBe(texts.length);
    expect(await readBack()).toEqual(texts);
    expect((await apply(database, rows(2), into)).counts).toEqual(
      counts({ rows: texts.length, unchanged: texts.length }),
    );
    expect(await readBack()).toEqual(texts);
    expect((await apply(database, rows(1), into)).counts.stale).toBe(texts.length);
    expect(await readBack()).toEqual(texts);
  });

  test('refuses what does not fit instead of changing it', async () => {
    const wrong = bad.map((value, key) => put(key, [9], { before: 'x', value }));
    const { counts: result, rejected } = await apply(database, wrong, into);
    expect(result.deadLettered).toBe(bad.length);
    for (const { reason } of rejected.values()) expect(reason).toMatch(/^column value /);
    expect(await readBack()).toEqual(texts);
  });
});

test('a database of another character set loses nothing', async () => {
  const latin = await testDatabase();
  try {
    // Before the pool opens its first connection, and not as a prepared statement, which MySQL refuses.
    await withConnection(latin.address, (connection) =>
      connection.query(`ALTER DATABASE \`${latin.address.database}\` CHARACTER SET latin1`),
    );
    const table = {
      name: 'letters',
      key: [unsignedKey('id')],
      columns: [{ name: 'body', role: 'data' as const }],
      versionColumns: ['v'],
    } satisfies TargetTable;
    await latin.database.$executeRawUnsafe(
      'CREATE TABLE letters (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, body VARCHAR(20), v BIGINT NOT NULL DEFAULT 0) CHARACTER SET utf8mb4',
    );
    await apply(latin.database, [put(1, [1], { body: 'Ŝ🙏' })], { table, pipeline: 'letters' });
    const [row] = await latin.database.$queryRawUnsafe<{ body: string }[]>('SELECT body FROM letters');
    expect(row?.body).toBe('Ŝ🙏');
  } finally {
    await latin.close();
  }
});
