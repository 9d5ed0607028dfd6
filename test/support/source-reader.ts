import { createConnection, type Connection } from 'mariadb';
import { driverOptions, type Database } from '../../src/mysql/connection.ts';
import { ensureDatabase } from '../../src/mysql/server-connection.ts';
import { ReplicaUpdater } from '../../src/replica/replica-updater.ts';
import type { SourceReader } from '../../src/replica/source-table.ts';
import { dropDatabase, noMaxwell, testDatabase } from './mysql.ts';

/** A source and a replica of the test file's own on one server, and what reads the one into the other. */
export interface ReaderPlace {
  /** Of the bookkeeping. */
  readonly database: Database;
  /** To the source. */
  readonly connection: Connection;
  readonly reader: SourceReader;
  /** Name of the source's database. */
  readonly source: string;
  /** Name of the replica's database. */
  readonly olap: string;
  readonly close: () => Promise<void>;
}

/** @param meanwhile done when the end of the topic is asked for, which is at offset 8 of its first epoch */
export async function openSourceReader(meanwhile?: () => Promise<unknown>): Promise<ReaderPlace> {
  const opened = await testDatabase({ poolSize: 2 });
  const { address, database } = opened;
  const source = address.database.replace('app_consumer', 'app_source');
  const olap = address.database.replace('app_consumer', 'app_olap');
  for (const name of [source, olap]) await ensureDatabase({ ...address, database: name });
  const connection = await createConnection(driverOptions({ ...address, database: source }));
  const context = {
    source: { ...address, database: source, maxwell: noMaxwell },
    target: address,
    replicaDatabase: olap,
    database,
    nextDdl: () => Promise.resolve([]),
    mostRowsReread: 1_000_000,
  };
  const reader = {
    ...context,
    updater: new ReplicaUpdater(context),
    async endOf() {
      await meanwhile?.();
      return { end: 8, epoch: 1 };
    },
  };
  const close = async (): Promise<void> => {
    await connection.end();
    for (const name of [source, olap]) await dropDatabase({ ...address, database: name });
    await opened.close();
  };
  return { database, connection, reader, source, olap, close };
}
