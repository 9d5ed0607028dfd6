import type { Database } from '../../../src/mysql/connection.ts';
import { ReplicaUpdater } from '../../../src/replica/replica-updater.ts';
import { ensureDatabase, withConnection } from '../../../src/mysql/server-connection.ts';
import type { MysqlAddress } from '../../../src/config/load-config.ts';
import { dropDatabase, testDatabase } from '../../support/mysql.ts';

/** A source that no Maxwell reads, and the replica of it. */
export interface SchemasFixture {
  readonly source: MysqlAddress;
  readonly target: MysqlAddress;
  readonly replicaDatabase: string;
  /** Of the bookkeeping. */
  readonly database: Database;
  readonly updater: ReplicaUpdater;
  readonly inSource: (sql: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** Makes databases of the test's own. */
export async function openSchemas(): Promise<SchemasFixture> {
  const { address, database, close } = await testDatabase({ poolSize: 2 });
  const named = (name: string): string => address.database.replace('app_consumer', name);
  const maxwell = { database: named('app_maxwell'), clientId: 'maxwell' };
  const source = { ...address, database: named('app_source'), maxwell };
  const replicaDatabase = named('app_olap');
  for (const name of [source.database, replicaDatabase]) await ensureDatabase({ ...address, database: name });
  return {
    ...{ source, target: address, replicaDatabase, database },
    updater: new ReplicaUpdater({
      ...{ source, target: address, replicaDatabase, database },
      nextDdl: () => Promise.resolve([]),
      mostRowsReread: 1_000_000,
    }),
    inSource: (sql) => withConnection(source, (connection) => connection.query(sql)),
    close: async () => {
      for (const name of [source.database, replicaDatabase])
        await dropDatabase({ ...address, database: name });
      await close();
    },
  };
}
