import type { Connection } from 'mariadb';
import { setTimeout as delay } from 'node:timers/promises';
import type { MysqlAddress } from '../config/load-config.ts';
import { expectedRow } from './simulator/expected-result.ts';
import { simulateOrders } from './simulator/simulate-orders.ts';
import { openConnection } from '../mysql/server-connection.ts';
import { classifyMysqlError, RowError } from '../mysql/mysql-error.ts';
import { AlirError } from '../errors/alir-error.ts';

export interface SourceOrdersOptions {
  /** Orders to insert; every tenth is updated afterwards. */
  readonly count: number;
  readonly seed: number;
  /** Orders a second; absent: as fast as the server takes them. */
  readonly rate?: number;
}

const chunkSize = 100;
const shopColumns = [
  'order_no',
  'status',
  'currency',
  'total',
  'item_count',
  'weight_grams',
  'ordered_at',
] as const;

/**
 * Writes simulated orders into the source's orders table, as the shop would: inserts, and a status change for every
 * tenth. Ids are given by the table.
 *
 * @returns how many rows changed (each is one message of Maxwell), and the newest order's id
 * @throws AlirError SCHEMA_NOT_MIGRATED when the source has no such table or no customers, MYSQL_*
 */
export async function writeSourceOrders(
  source: MysqlAddress,
  options: SourceOrdersOptions,
): Promise<{ changed: number; newestId: bigint }> {
  const connection = await openConnection(source, { insertIdAsNumber: false }).catch(fail);
  try {
    const customers = await connection.query<{ id: bigint }[]>('SELECT id FROM customers ORDER BY id');
    if (customers.length === 0) {
      throw new AlirError('SCHEMA_NOT_MIGRATED', `${source.database}.customers is empty.`, {
        remedy: 'Run: alir migrate --source',
      });
    }
    return await write(
      connection,
      customers.map(({ id }) => id),
      options,
    );
  } catch (error) {
    return fail(error);
  } finally {
    await connection.end();
  }
}

async function write(
  connection: Connection,
  customers: readonly bigint[],
  { count, seed, rate }: SourceOrdersOptions,
): Promise<{ changed: number; newestId: bigint }> {
  const started = performance.now();
  const rows: unknown[][] = [];
  let written = 0;
  let changed = 0;
  let newestId = 0n;
  const flush = async (): Promise<void> => {
    if (rows.length === 0) return;
    const places = rows
      .map(() => `(${['customer_id', ...shopColumns].map(() => '?').join(', ')})`)
      .join(', ');
    const { insertId } = await connection.query<{ insertId: bigint }>(
      `INSERT INTO orders (customer_id, ${shopColumns.join(', ')}) VALUES ${places}`,
      rows.flat(),
    );
    const updated = await connection.query<{ affectedRows: number }>(
      "UPDATE orders SET status = 'shipped', updated_at = UTC_TIMESTAMP(3) WHERE id >= ? AND id < ? AND id % 10 = 0 AND status <> 'shipped'",
      [insertId, insertId + BigInt(rows.length)],
    );
    written += rows.length;
    changed += rows.length + updated.affectedRows;
    newestId = insertId + BigInt(rows.length) - 1n;
    rows.length = 0;
    if (rate) await delay(Math.max(0, (written / rate) * 1000 - (performance.now() - started)));
  };
  const size = rate ? Math.max(1, Math.min(chunkSize, Math.ceil(rate / 20))) : chunkSize;
  for (const { truth } of simulateOrders({ count, seed, startedAt: Date.now() - count * 10 })) {
    if (truth.kind === 'bad') continue; // none are asked for
    const row = expectedRow(truth.draft);
    const customer = customers[truth.draft.customerId % customers.length];
    // An order number is unique in the shop; the simulation's begin anew with every run.
    const orderNo = `WEB-${Date.now().toString(36)}-${written + rows.length}`;
    rows.push([customer, orderNo, ...shopColumns.slice(1).map((name) => row[name])]);
    if (rows.length >= size) await flush();
  }
  await flush();
  return { changed, newestId };
}

function fail(error: unknown): never {
  if (error instanceof AlirError) throw error;
  const known = classifyMysqlError(error);
  if (known.code === 'SCHEMA_NOT_MIGRATED') {
    throw new AlirError(known.code, known.message, { cause: error, remedy: 'Run: alir migrate --source' });
  }
  throw known instanceof RowError
    ? new AlirError('UNEXPECTED', `The source refused an order: ${known.reason}.`)
    : known;
}
