import type { Config } from '../config/load-config.ts';
import type { Database } from '../mysql/connection.ts';
import type { ReplicaContext } from '../replica/replica-context.ts';
import type { Brokers } from '../kafka/brokers.ts';
import { DdlEvents } from '../kafka/ddl-topic.ts';

/** The source, the replica, and what Maxwell tells of changes of schemas. */
export function replicaContext(config: Config, brokers: Brokers, database: Database): ReplicaContext {
  const ddl = new DdlEvents(brokers);
  return {
    source: config.source,
    target: config.target,
    replicaDatabase: config.settings.MYSQL_REPLICA_DATABASE,
    database,
    nextDdl: () => ddl.next(),
    mostRowsReread: config.settings.ALIR_REREAD_MAX_ROWS,
  };
}
