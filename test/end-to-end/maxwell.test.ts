import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { endsOf } from '../../src/lab/demo/input-window.ts';
import { sumCounts } from '../../src/metadata/batches.ts';
import { migrateSource } from '../../src/mysql/migrations/migrate.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { writeSourceOrders } from '../../src/lab/source-orders.ts';
import { orders } from '../../src/pipelines/orders/orders.ts';
import { loadedOf } from '../../src/pipelines/counts.ts';
import { startAlir } from '../support/alir-process.ts';
import type { OrdersPlace } from '../support/make-place.ts';
import { ownPlace } from '../support/own-place.ts';
import { headersOf, readTopic } from '../support/read-topic.ts';

const topic = 'producer.app_producer.orders';

/** The orders as texts. The source's contact fields are read as Alir cleans them: +62 for a leading 0, small letters. */
function ordersOf(database: string, { cleaned }: { cleaned: boolean }): string {
  const phone = "REGEXP_REPLACE(REGEXP_REPLACE(customer_phone, '[^0-9]', ''), '^(62|0)', '+62')";
  const contact = cleaned ? ['LOWER(TRIM(customer_email))', phone] : ['customer_email', 'customer_phone'];
  const columns = [
    'order_no',
    'customer_id',
    ...contact,
    'status',
    'currency',
    'total',
    'item_count',
    'weight_grams',
  ];
  const times = ['ordered_at', 'updated_at'].map((name) => `CAST(${name} AS DATETIME(3))`);
  const texts = [...columns, ...times].map((column) => `IFNULL(${column}, 'NULL')`).join(', ');
  return `SELECT CAST(id AS CHAR) AS id, CONCAT_WS('|', ${texts}) AS row_text FROM \`${database}\`.orders ORDER BY orders.id`;
}

/** Runs statements in the source as its application would. */
async function inSource(place: OrdersPlace, ...statements: readonly string[]): Promise<void> {
  await withConnection(place.config.source, async (connection) => {
    for (const statement of statements) await connection.query(statement);
  });
}

/** Waits until Maxwell has written `rows` more messages than there were, and Alir has processed all. */
async function arrived(place: OrdersPlace, before: number, rows: number): Promise<number> {
  const end = async () =>
    [...(await endsOf(place.brokers, [topic])).values()].reduce((sum, one) => sum + one, 0);
  await expect.poll(end, { timeout: 60_000 }).toBe(before + rows);
  await place.processed();
  return before + rows;
}

async function expectEqualTables(place: OrdersPlace): Promise<void> {
  const read = (sql: string) => place.database.$queryRawUnsafe<unknown[]>(sql);
  const source = await read(ordersOf(place.config.source.database, { cleaned: true }));
  const target = await read(ordersOf(place.config.target.database, { cleaned: false }));
  expect(source.length).toBeGreaterThan(100);
  expect(target).toEqual(source);
}

test('orders of the source arrive through Maxwell, and the table follows updates, deletes and new keys', async () => {
  const place = await ownPlace();
  await migrateSource(place.config.source, () => undefined);
  const alir = await startAlir('run', place.environment);
  const counts = async () => (await sumCounts(place.database, 'orders')).counts;

  // What the source held before is read as it is written now: Maxwell follows from where the stack began.
  let end = await arrived(place, 0, 40);
  const { changed, newestId } = await writeSourceOrders(place.config.source, { count: 300, seed: 11 });
  end = await arrived(place, end, changed);
  expect((await counts()).inserted).toBe(340);
  await expectEqualTables(place);

  const moved = newestId + 1_000_000n;
  await inSource(
    place,
    `UPDATE orders SET status = 'cancelled', total = 999999999999999999.99, customer_email = NULL WHERE id = ${newestId - 1n}`,
    `UPDATE orders SET id = ${moved} WHERE id = ${newestId - 2n}`,
    `DELETE FROM orders WHERE id = ${newestId}`,
  );
  const published = (await readTopic(place.brokers, 'enriched_orders')).length;
  const before = await counts();
  end = await arrived(place, end, 3);
  await expectEqualTables(place);
  const ids = await place.database.order.findMany({
    where: { id: { in: [newestId, newestId - 2n, moved] } },
    select: { id: true },
  });
  expect(ids.map(({ id }) => id)).toEqual([moved]);

  const after = await counts();
  expect(after.rows - before.rows).toBe(3);
  expect(after.deleted - before.deleted).toBe(1);
  expect(after.updated + after.inserted - before.updated - before.inserted).toBe(2);
  expect([after.deadLettered, after.ignored]).toEqual([0, 0]);
  const outcomes = await readTopic(place.brokers, 'enriched_orders');
  expect(outcomes.length - published).toBe(2); // the delete says nothing
  expect(loadedOf(after)).toBe(end);

  expect(await fencesOf(place)).toEqual([newestId - 2n, newestId].map((id) => `["${id}"]`));
  await expectDeletedStaysDeleted(place, String(newestId));
  expect(await alir.end()).toBe(0);
});

async function fencesOf(place: OrdersPlace): Promise<string[]> {
  const rows = await place.database.$queryRawUnsafe<{ key_text: string; hash: string }[]>(
    "SELECT key_text, LOWER(HEX(key_hash)) AS hash FROM etl_fences WHERE target_table = 'orders' ORDER BY key_text",
  );
  for (const { key_text, hash } of rows) expect(hash).toBe(createHash('md5').update(key_text).digest('hex'));
  return rows.map(({ key_text }) => key_text);
}

/** An insert of the deleted row that comes late is stale: the fence keeps the row away. */
async function expectDeletedStaysDeleted(place: OrdersPlace, id: string): Promise<void> {
  const inserts = (await readTopic(place.brokers, topic)).filter(
    ({ key, value }) =>
      key?.toString().includes(`"pk.id":${id}`) && value?.toString().includes('"type":"insert"'),
  );
  expect(inserts).toHaveLength(1);
  const { key, value } = inserts[0]!;
  await place.producer.publish('raw_orders', [{ key, value }]);
  await place.processed();
  expect((await sumCounts(place.database, orders.name)).counts.stale).toBeGreaterThan(0);
  expect(await place.database.order.count({ where: { id: BigInt(id) } })).toBe(0);
  expect(headersOf(inserts[0]!)).toEqual({});
}
