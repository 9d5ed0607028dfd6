import type { CdcPlace } from '../support/cdc-place.ts';

/** The tables; each is damaged in its own way. */
export const tables = ['deleted', 'changed', 'added', 'emptied', 'nulled'].map((name) => `bench_${name}`);
export const liveTable = 'bench_live';

/** Columns of each. */
export const tableColumns =
  'id BIGINT UNSIGNED PRIMARY KEY, order_no VARCHAR(30) NOT NULL, customer_id INT NOT NULL, ' +
  "customer_name VARCHAR(60) CHARACTER SET utf8mb4, status ENUM('pending', 'paid', 'done', 'cancelled') NOT NULL, " +
  'total DECIMAL(20, 2), note VARCHAR(200) CHARACTER SET utf8mb4, updated_at DATETIME(3), KEY (customer_id)';

/** Rows of one statement. */
const rowsOfStatement = 10_000;
/** Of ten changes nine are inserts, the others updates of the first rows. */
const insertShare = 0.9;

/** How many rows a table has that has seen so many changes. */
export function rowsOf(changes: number): number {
  return Math.round(changes * insertShare);
}

export async function createTables(place: CdcPlace): Promise<void> {
  for (const table of tables) await place.inSource(`CREATE TABLE ${table} (${tableColumns})`);
  await place.inSource(
    `CREATE TABLE ${liveTable} (id BIGINT PRIMARY KEY, at DATETIME(6))`,
    // A topic comes into being with its first row, and is seen by the group some seconds later.
    `INSERT INTO ${liveTable} VALUES (0, UTC_TIMESTAMP(6))`,
  );
}

/** Makes so many changes in each table, by statements of many rows, the tables in turn. */
export async function fillTables(place: CdcPlace, changes: number, seed: number): Promise<void> {
  const rows = rowsOf(changes);
  const inAll = async (most: number, statement: (table: string, first: number, last: number) => string) => {
    for (let first = 1; first <= most; first += rowsOfStatement) {
      const last = Math.min(most, first + rowsOfStatement - 1);
      await place.inSource(...tables.map((table) => statement(table, first, last)));
    }
  };
  await inAll(
    rows,
    (table, first, last) =>
      `INSERT INTO ${table} SELECT i, CONCAT('ORD-2026-', LPAD(i, 8, '0')), (i * 7919 + ${seed}) % 50000, ` +
      `CONCAT('Siti Nurhaliza ', i % 997), ELT(1 + (i + ${seed}) % 4, 'pending', 'paid', 'done', 'cancelled'), ` +
      `(i * 104729 + ${seed}) % 100000000 / 100, CONCAT('Kirim ke Jalan Merdeka №', i % 311), ` +
      `TIMESTAMPADD(SECOND, i % 5000000, '2026-01-01 00:00:00.125') FROM ${numbers(first, last)}`,
  );
  await inAll(
    changes - rows,
    (table, first, last) =>
      `UPDATE ${table} SET status = 'done', total = total + 1.50, updated_at = '2026-11-25 08:00:00.250' ` +
      `WHERE id BETWEEN ${first} AND ${last}`,
  );
}

/** Whole numbers from first to last as a derived table with the column `i`. */
function numbers(first: number, last: number): string {
  const digits = `(${Array.from({ length: 10 }, (_, i) => `SELECT ${i} d`).join(' UNION ALL ')})`;
  const sum = 'a.d + 10 * b.d + 100 * c.d + 1000 * e.d';
  return `(SELECT ${first} + ${sum} AS i FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e HAVING i <= ${last}) n`;
}

/** What `alir verify` has to find in a table. */
export interface Found {
  readonly missing: number;
  readonly surplus: number;
  readonly different: number;
}

const nothing: Found = { missing: 0, surplus: 0, different: 0 };

/** Damages the replica in five ways, and says what is there to be found in each table. */
export async function damageReplica(place: CdcPlace): Promise<Record<string, Found>> {
  const [deleted, changed, added, emptied, nulled] = tables as [string, string, string, string, string];
  const count = async (table: string, where = 'TRUE'): Promise<number> => {
    const [row] = await place.inReplica<{ n: bigint }>(`SELECT COUNT(*) AS n FROM ${table} WHERE ${where}`);
    return Number(row?.n);
  };
  // Few enough for a repair that needs no --allow-deletes.
  const addedRows = Math.min(500, Math.floor((await count(added)) / 50));
  const found = {
    [deleted]: { ...nothing, missing: await count(deleted, 'id % 97 = 0') },
    [changed]: { ...nothing, different: await count(changed, 'id % 89 = 0') },
    [added]: { ...nothing, surplus: addedRows },
    [emptied]: { ...nothing, missing: await count(emptied) },
    [nulled]: { ...nothing, different: await count(nulled, 'id % 2 = 0 AND customer_name IS NOT NULL') },
  };
  await place.inReplica(
    `DELETE FROM ${deleted} WHERE id % 97 = 0`,
    `UPDATE ${changed} SET total = total + 1, note = 'by hand' WHERE id % 89 = 0`,
    `INSERT INTO ${added} (id, order_no, customer_id, status) ` +
      `SELECT i, 'nobody', 1, 'paid' FROM ${numbers(1_000_000_000, 1_000_000_000 + addedRows - 1)}`,
    `TRUNCATE TABLE ${emptied}`,
    `UPDATE ${nulled} SET customer_name = NULL WHERE id % 2 = 0`,
  );
  return found;
}

/** An id of a row that no damage has touched; null where all are damaged. */
export function soundId(table: string, id: number): number | null {
  const [deleted, changed, , emptied, nulled] = tables;
  if (table === emptied) return null;
  const divisor = table === deleted ? 97 : table === changed ? 89 : table === nulled ? 2 : 0;
  return divisor !== 0 && id % divisor === 0 ? id + 1 : id;
}
