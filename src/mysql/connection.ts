import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import type { MysqlAddress } from '../config/load-config.ts';
import type { MysqlTls } from '../config/tls.ts';
import { PrismaClient } from './generated/client.ts';
import { LargeParametersAdapter } from './large-parameters.ts';

/** A pool of connections to `app_consumer`, with Prisma's typed models on it. */
export type Database = PrismaClient;

/** The same inside a transaction. */
export type Transaction = Parameters<Parameters<Database['$transaction']>[0]>[0];

/**
 * Sent on every new connection, whatever the server's own defaults are. Strict: a value that does not fit is an error,
 * never cut or turned into NULL. NO_ZERO_DATE and NO_ZERO_IN_DATE stay out: a replica must hold what its source holds.
 * Messages in English: the column's name is read from them. The default of group_concat_max_len is 1 KB.
 */
export const sessionSettings =
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', " +
  "time_zone = '+00:00', lc_messages = 'en_US', group_concat_max_len = 1073741824";

/** How long opening one connection may take, and how long a caller waits for one from the pool (milliseconds). */
export const connectTimeoutMs = 3_000;
export const acquireTimeoutMs = 5_000;

/** What every driver connection of ours is opened with. */
export function driverOptions(address: MysqlAddress) {
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    database: address.database,
    connectTimeout: connectTimeoutMs,
    ...(address.tls && { ssl: sslOf(address.host, address.tls) }),
    // Without it users of caching_sha2_password cannot log in over an unencrypted connection.
    allowPublicKeyRetrieval: true,
    initSql: sessionSettings,
  };
}

/** The driver does not tell Node which host it is connected to: Node would look for `localhost` in the certificate. */
function sslOf(host: string, { verifyName, ...files }: MysqlTls): ConnectionOptions {
  return {
    ...files,
    ...(isIP(host) === 0 && { servername: host }),
    checkServerIdentity: (_name, certificate) =>
      verifyName ? checkServerIdentity(host, certificate) : undefined,
  };
}

/**
 * Opens a database. Nothing is sent until the first query; `$disconnect()` closes the pool.
 *
 * @param options.poolSize connections at most, default 8
 * @param options.acquireTimeoutMs how long a query waits for a connection, default 5 s
 */
export function openDatabase(
  address: MysqlAddress,
  options: { poolSize?: number; acquireTimeoutMs?: number } = {},
): Database {
  const adapter = new LargeParametersAdapter(
    {
      ...driverOptions(address),
      connectionLimit: options.poolSize ?? 8,
      acquireTimeout: options.acquireTimeoutMs ?? acquireTimeoutMs,
      // The adapter's default is 0, which prepares and closes every statement again: two more round trips each.
      prepareCacheLength: 64,
    },
    { database: address.database },
  );
  return new PrismaClient({ adapter, errorFormat: 'minimal' });
}
