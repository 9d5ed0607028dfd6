import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection, type Connection } from 'mariadb';
import { loadConfig, type Config } from '../../src/config/load-config.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { settingsOfStack } from '../../src/config/running-stack.ts';
import { driverOptions, openDatabase, type Database } from '../../src/mysql/connection.ts';
import { migrate } from '../../src/mysql/migrations/migrate.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import { Brokers } from '../../src/kafka/brokers.ts';
import { serviceNames, type StackReport } from '../../src/lab/stack/engine.ts';
import { NativeStack } from '../../src/lab/stack/native/native-stack.ts';
import { untilCaughtUp } from '../cdc/caught-up.ts';
import { differences } from '../cdc/compare.ts';
import { differencesOfServers } from '../cdc/compare-servers.ts';
import type { Source } from '../cdc/mariadb-designs.ts';
import { Workload, type WorkloadOptions } from '../cdc/workload.ts';
import { startAlir, type AlirChild } from './alir-process.ts';
import { startMariadbSource } from './mariadb-source.ts';

/** A stack with Maxwell and a replica for one test file: there is one source database on a server. */
export interface CdcPlace {
  readonly stack: NativeStack;
  readonly config: Config;
  /** For `startAlir`: everything that makes a process work in this place. */
  readonly environment: Readonly<Record<string, string>>;
  readonly brokers: Brokers;
  readonly database: Database;
  /** Starts `alir run`, with these settings beside the place's own. */
  run(settings?: Readonly<Record<string, string>>): Promise<AlirChild>;
  /** Runs statements in the source, one after the other; returns the rows of the last one. */
  inSource<Row>(...statements: readonly string[]): Promise<Row[]>;
  /** The same in the replica. */
  inReplica<Row>(...statements: readonly string[]): Promise<Row[]>;
  /** Random work on the source. */
  workload(seed: number, options?: WorkloadOptions): Workload;
  /** Waits until everything that the source has committed is in the replica. */
  caughtUp(withinMs?: number): Promise<void>;
  /** The state of a backfill: 'running', 'paused', 'completed', 'cancelled' or 'failed'. */
  stateOf(backfill: string): Promise<string>;
  /** What is not the same in source and replica; of all tables, or of those whose names begin so. */
  differences(prefix?: string): Promise<string[]>;
  close(): Promise<void>;
}

export interface CdcPlaceOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Start servers again that die because another one is away; default false. */
  readonly restart?: boolean;
  /** The server that has the source database, default the stack's MySQL; a MariaDB stands beside it. */
  readonly source?: Source;
  readonly report?: StackReport;
}

/** Starts the servers; nothing of Alir runs yet. */
export async function startCdcPlace(options: CdcPlaceOptions = {}): Promise<CdcPlace> {
  const name = `cdc-${process.pid}-${randomUUID().slice(0, 4)}`;
  const folder = join(projectRoot, '.alir', name);
  const { settings = {}, restart = false, report = () => undefined, source = 'mysql' } = options;
  const services = serviceNames.filter((service) => source === 'mysql' || service !== 'maxwell');
  const stack = await NativeStack.start({ name, folder, services, ports: 'free', restart }, report);
  const mariadb =
    source === 'mariadb'
      ? await startMariadbSource(stack, report).catch(async (error: unknown) => {
          await stack.close();
          throw error;
        })
      : null;
  const environment = {
    ...settingsOfStack(stack.description),
    ...mariadb?.settings,
    ALIR_LOG_LEVEL: 'info',
    ...settings,
  };
  const config = loadConfig(environment);
  await migrate(config.target, () => undefined);
  const database = openDatabase(config.target, { poolSize: 3 });
  const brokers = new Brokers(config);
  const replica = { ...config.target, database: config.settings.MYSQL_REPLICA_DATABASE };
  return {
    stack,
    config,
    environment,
    brokers,
    database,
    run: (own) => startAlir('run', { ...environment, ...own }),
    inSource: (...statements) => withConnection(config.source, (connection) => all(connection, statements)),
    inReplica: (...statements) => withConnection(replica, (connection) => all(connection, statements)),
    workload: (seed, made) =>
      new Workload(
        seed,
        {
          connect: () => createConnection(driverOptions({ ...config.source, database: '' })),
          database: config.source.database,
        },
        { source, ...made },
      ),
    caughtUp: (withinMs) => untilCaughtUp(config, brokers, database, withinMs),
    stateOf: async (id) => (await database.etlBackfill.findUniqueOrThrow({ where: { id } })).state,
    differences: (prefix = '') =>
      withConnection({ ...config.target, database: '' }, async (connection) => {
        const names = [config.source.database, replica.database] as const;
        const found =
          source === 'mysql'
            ? await differences(connection, ...names)
            : await withConnection(config.source, (left) => differencesOfServers(left, connection, ...names));
        return found.filter((line) => line.startsWith(prefix));
      }),
    async close() {
      await brokers.close();
      await database.$disconnect();
      await mariadb?.close();
      await stack.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function all<Row>(connection: Connection, statements: readonly string[]): Promise<Row[]> {
  let rows: Row[] = [];
  for (const statement of statements) rows = await connection.query<Row[]>(statement);
  return rows;
}
