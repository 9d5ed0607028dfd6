import type { Client } from '@temporalio/client';
import { connectTemporal } from '../../temporal/client/connection.ts';
import { loadConfig, type Config } from '../config/load-config.ts';
import type { Database } from '../mysql/connection.ts';
import { assertMigrated } from '../mysql/migrations/migrate.ts';
import { asAlirError } from '../mysql/server-connection.ts';
import { Brokers } from '../kafka/brokers.ts';
import { openCommandDatabase } from './command-database.ts';

/** What a command about backfills or verifications works on. */
export interface CommandContext {
  readonly config: Config;
  readonly database: Database;
  readonly brokers: Brokers;
  /** Connected at the first call. */
  readonly temporal: () => Promise<Client>;
}

/**
 * Opens the place for as long as `work` takes.
 *
 * @throws AlirError MYSQL_*, SCHEMA_NOT_MIGRATED; from what `work` asks: KAFKA_*, TEMPORAL_UNAVAILABLE
 */
export async function inCommandContext<T>(work: (place: CommandContext) => Promise<T>): Promise<T> {
  const config = loadConfig();
  await assertMigrated(config.target);
  const database = openCommandDatabase(config, 3);
  const brokers = new Brokers(config);
  let connecting: Promise<Client> | undefined;
  try {
    return await work({
      config,
      database,
      brokers,
      temporal: () => (connecting ??= connectTemporal(config)),
    });
  } catch (error) {
    throw error instanceof Error && error.name.startsWith('PrismaClient') ? asAlirError(error) : error;
  } finally {
    await brokers.close();
    await database.$disconnect();
    await connecting?.then((client) => client.connection.close()).catch(() => undefined);
  }
}
