import { expect, test } from 'vitest';
import { countUnseenOrders } from '../../../src/lab/demo/unseen-orders.ts';
import { ensureDatabase, withConnection } from '../../../src/mysql/server-connection.ts';
import { laneStack } from '../../support/lane-stack.ts';
import { dropDatabase } from '../../support/mysql.ts';
import { ordersPlace } from '../../support/orders-place.ts';

test('orders of the source that never came to the orders pipeline are counted', async () => {
  const { config, database } = await ordersPlace(laneStack());
  const source = { ...config.source, database: config.target.database.replace('consumer', 'seeded') };
  await ensureDatabase(source);
  try {
    await withConnection(source, async (connection) => {
      await connection.query('CREATE TABLE orders (id BIGINT UNSIGNED PRIMARY KEY)');
      await connection.query('INSERT INTO orders VALUES (1), (2), (3)');
    });
    expect(await countUnseenOrders(source, config.target)).toBe(3);
    await database.$executeRawUnsafe(
      "INSERT INTO orders (id, status, currency, total, updated_at, flag, sync_at) VALUES (2, 'paid', 'IDR', 1, NOW(), 'live', NOW())",
    );
    expect(await countUnseenOrders(source, config.target)).toBe(2);
  } finally {
    await dropDatabase(source);
  }
});
