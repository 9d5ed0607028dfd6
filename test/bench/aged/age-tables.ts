import { replicaContext } from '../../../src/process/replica-context.ts';
import { ReplicaUpdater } from '../../../src/replica/replica-updater.ts';
import { askBinlogEnd } from '../../../src/replica/source-server.ts';
import { readDefinition } from '../../../src/mysql/schema/read-definition.ts';
import { withConnection } from '../../../src/mysql/server-connection.ts';
import type { CdcPlace } from '../../support/cdc-place.ts';
import type { History } from './history.ts';

/** Makes the tables of the source. */
export async function makeSourceTables(place: CdcPlace, { tables }: History): Promise<void> {
  await place.inSource(
    ...tables.map(
      (table) =>
        `CREATE TABLE ${table} (id BIGINT UNSIGNED PRIMARY KEY, order_no VARCHAR(30) NOT NULL, customer_id INT, ` +
        "customer_name VARCHAR(60) CHARACTER SET utf8mb4, status ENUM('pending', 'paid', 'done') NOT NULL, " +
        'total DECIMAL(20, 2), note VARCHAR(200) CHARACTER SET utf8mb4, updated_at DATETIME(3), KEY (customer_id))',
    ),
  );
}

/** Makes their replicas, as a process does that finds them, and says that each has been read. */
export async function ageTables(place: CdcPlace, { tables, source }: History): Promise<void> {
  const { config, brokers, database } = place;
  const updater = new ReplicaUpdater(replicaContext(config, brokers, database));
  for (const table of tables) await updater.update(source, table);
  const end = await askBinlogEnd(config.source);
  await withConnection({ ...config.source, database: '' }, async (connection) => {
    for (const table of tables) {
      const definition = await readDefinition(connection, { database: source, table }, () =>
        Promise.resolve(end),
      );
      await database.$executeRawUnsafe(
        "UPDATE etl_replica_tables SET state = 'ready', covers = ?, definition = ?, began_at = UTC_TIMESTAMP(6), " +
          'loaded_at = UTC_TIMESTAMP(6) WHERE source_database = ? AND source_table = ?',
        end,
        JSON.stringify(definition),
        source,
        table,
      );
    }
  });
}
