import { createConnection, type Connection, type ConnectionConfig } from 'mariadb';
import type { MysqlAddress } from '../config/load-config.ts';
import { driverOptions } from './connection.ts';
import { quoteName } from '../cdc/schema/quote.ts';
import { classifyMysqlError, mysqlFailureOf, RowError } from './mysql-error.ts';
import { AlirError } from '../errors/alir-error.ts';

/**
 * Opens one plain connection, which its caller ends.
 *
 * @throws SqlError of the driver
 */
export async function openConnection(
  address: MysqlAddress,
  options: ConnectionConfig = {},
): Promise<Connection> {
  const connection = await createConnection({ ...driverOptions(address), ...options });
  // A server that goes away while nothing is asked of it is told by this event, which ends the process where nobody
  // listens. What is asked next fails by itself.
  connection.on('error', () => undefined);
  return connection;
}

/**
 * Opens one plain connection, runs `work` and closes it. For what Prisma's client cannot do: DDL scripts, named locks.
 *
 * @throws AlirError MYSQL_*, SCHEMA_NOT_MIGRATED (no such database)
 */
export async function withConnection<T>(
  address: MysqlAddress,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(address).catch((error: unknown) => {
    throw asAlirError(error);
  });
  try {
    return await work(connection);
  } catch (error) {
    throw asAlirError(error);
  } finally {
    // Errors of a connection that is already gone have been reported by what used it.
    await connection.end().catch(() => undefined);
  }
}

/** Creates the address's database where it is missing and the user may; an existing one is left as it is. */
export async function ensureDatabase(address: MysqlAddress): Promise<void> {
  try {
    await withConnection(address, () => Promise.resolve());
  } catch (error) {
    if (!(error instanceof AlirError) || error.code !== 'SCHEMA_NOT_MIGRATED') throw error;
    await withConnection({ ...address, database: '' }, (connection) =>
      connection.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(address.database)} CHARACTER SET utf8mb4`),
    );
  }
}

/** Number of the MySQL error, or null. */
export function mysqlErrorNumber(error: unknown): number | null {
  return mysqlFailureOf(error).number;
}

/** The catalogue's error for what a query outside a batch threw: there no row is at fault. */
export function asAlirError(error: unknown): AlirError {
  const known = classifyMysqlError(error);
  return known instanceof RowError
    ? new AlirError('UNEXPECTED', `MySQL refused a value: ${known.reason}.`)
    : known;
}
