import { randomUUID } from 'node:crypto';
import { createConnection } from 'mariadb';
import type { MysqlAddress } from '../../src/config/load-config.ts';
import { openDatabase, type Database } from '../../src/mysql/connection.ts';
import { migrate } from '../../src/mysql/migrations/migrate.ts';
import { laneStack } from './lane-stack.ts';

/** The MySQL server of the lane, with the name of a database that nobody else uses. */
export function testMysql(): MysqlAddress {
  const { host, port, user, password } = laneStack().mysql;
  return { host, port, user, password, database: `app_consumer_${randomUUID().slice(0, 8)}` };
}

/** A migrated database of the test file's own; `close` drops it. */
export async function testDatabase(
  options: { poolSize?: number } = {},
): Promise<{ address: MysqlAddress; database: Database; close: () => Promise<void> }> {
  const address = testMysql();
  await migrate(address, () => undefined);
  const database = openDatabase(address, options);
  const close = async (): Promise<void> => {
    await database.$disconnect();
    await dropDatabase(address);
  };
  return { address, database, close };
}

export async function dropDatabase(address: MysqlAddress): Promise<void> {
  const { host, port, user, password } = address;
  const connection = await createConnection({ host, port, user, password, allowPublicKeyRetrieval: true });
  await connection.query(`DROP DATABASE IF EXISTS \`${address.database}\``);
  await connection.end();
}

/** For sources of which no Maxwell is meant to read: what the one of the stack does is another test's. */
export const noMaxwell = { database: 'app_no_maxwell', clientId: 'maxwell' };
