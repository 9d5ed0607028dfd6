import { quoteName } from '../../cdc/schema/quote.ts';
import type { TableSchema } from '../../cdc/schema/table-schema.ts';
import { AlirError } from '../../errors/alir-error.ts';
import type { Querier } from '../../mysql/schema/information-schema.ts';
import { mysqlErrorNumber } from '../../mysql/server-connection.ts';

/**
 * Whether the server takes a clause as Maxwell will send it: with one that it does not take, Maxwell begins the
 * bootstrap again and again.
 *
 * @throws AlirError BOOTSTRAP_FAILED
 */
export async function checkClause(connection: Querier, schema: TableSchema, clause: string): Promise<void> {
  const { database, table, key } = schema;
  const from = `${quoteName(database)}.${quoteName(table)}`;
  const order = key.map(quoteName).join(', ');
  await connection
    .query(`EXPLAIN SELECT * FROM ${from} WHERE ${clause} ORDER BY ${order}`)
    .catch((error: unknown) => {
      const number = mysqlErrorNumber(error);
      if (number !== null && notAllowed.has(number)) return;
      throw number === null
        ? error
        : new AlirError(
            'BOOTSTRAP_FAILED',
            `The source does not accept the keys of ${database}.${table} (${number}).`,
          );
    });
}

/** No SELECT on the table, or on one of its columns. */
const notAllowed = new Set([1044, 1142, 1143]);

/** Whether the source lets us read a table, all of its columns. */
export async function mayRead(connection: Querier, { database, table }: TableSchema): Promise<boolean> {
  try {
    await connection.query(`SELECT * FROM ${quoteName(database)}.${quoteName(table)} LIMIT 0`);
    return true;
  } catch (error) {
    const number = mysqlErrorNumber(error);
    if (number !== null && notAllowed.has(number)) return false;
    throw error;
  }
}
