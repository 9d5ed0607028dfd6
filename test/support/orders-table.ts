import type { Database } from '../../src/mysql/connection.ts';
import type { ExpectedResult, ExpectedRow } from '../../src/lab/simulator/expected-result.ts';

const columns: readonly (keyof ExpectedRow)[] = [
  'order_no',
  'customer_id',
  'customer_email',
  'customer_phone',
  'status',
  'currency',
  'total',
  'total_matches',
  'item_count',
  'weight_grams',
  'ordered_at',
  'updated_at',
];

/** The orders table by id, every column as the text that MySQL prints. */
export async function readOrders(database: Database): Promise<Map<string, Record<string, string | null>>> {
  const selected = columns.map((name) => `CAST(${name} AS CHAR) AS ${name}`).join(', ');
  const rows = await database.$queryRawUnsafe<Record<string, string | null>[]>(
    `SELECT CAST(id AS CHAR) AS id, ${selected} FROM orders`,
  );
  return new Map(rows.map(({ id, ...row }) => [id ?? '', row]));
}

/** What in the table is not as it must be: every good order in its newest version, and nothing else. */
export async function tableDifferences(database: Database, expected: ExpectedResult): Promise<string[]> {
  const rows = await readOrders(database);
  const differences =
    rows.size === expected.orders ? [] : [`${rows.size} rows instead of ${expected.orders}`];
  for (const [id, row] of expected.rows()) {
    const [found, wanted] = [JSON.stringify(rows.get(id)), JSON.stringify(row)];
    if (found !== wanted) differences.push(`${id}: ${found} instead of ${wanted}`);
  }
  return differences;
}
