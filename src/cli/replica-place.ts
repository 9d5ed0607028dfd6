import type { Config } from '../config/load-config.ts';
import type { Database } from '../database/connection.ts';
import type { ReplicaPlace } from '../database/replica/replica-tables.ts';
import type { Brokers } from '../kafka/brokers.ts';
import { DdlEvents, DroppedTables, latestOf } from '../kafka/dropped-tables.ts';

/** The source, the replica, and what Maxwell tells of changes of schemas. */
export function replicaPlace(config: Config, brokers: Brokers, database: Database): ReplicaPlace {
  const ddl = new DdlEvents(brokers);
  return {
    source: config.source,
    target: config.target,
    replicaDatabase: config.settings.MYSQL_REPLICA_DATABASE,
    database,
    async droppedAt(name, table) {
      const drops = await new DroppedTables(brokers).next();
      const times = drops.filter((drop) => drop.database === name && drop.table === table).map(latestOf);
      return times.length === 0 ? null : Math.max(...times);
    },
    nextDdl: () => ddl.next(),
  };
}
