import { quoteName } from '../../cdc/schema/quote.ts';
import type { MysqlAddress } from '../../config/load-config.ts';
import { withConnection } from '../../mysql/server-connection.ts';

/**
 * How many orders of the source are not in the table of the orders pipeline: above all those that were there before
 * Maxwell began, since it tells of changes only. Both databases are on one server, as those of a stack are.
 *
 * @throws AlirError MYSQL_*
 */
export async function countUnseenOrders(source: MysqlAddress, target: MysqlAddress): Promise<number> {
  return withConnection(source, async (connection) => {
    const [row] = await connection.query<{ unseen: bigint | number }[]>(
      `SELECT COUNT(*) AS unseen FROM ${quoteName(source.database)}.orders s ` +
        `LEFT JOIN ${quoteName(target.database)}.orders o ON o.id = s.id WHERE o.id IS NULL`,
    );
    return Number(row?.unseen ?? 0);
  });
}
