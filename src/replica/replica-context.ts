import type { DdlEvent } from '../cdc/ddl/ddl-event.ts';
import type { MysqlAddress } from '../config/load-config.ts';
import type { Database } from '../mysql/connection.ts';

/** What keeping a replica needs. */
export interface ReplicaContext {
  /** The server that Maxwell reads. */
  readonly source: MysqlAddress;
  /** The server of the replica and of the bookkeeping. */
  readonly target: MysqlAddress;
  readonly replicaDatabase: string;
  readonly database: Database;
  /** What Maxwell told of changes of schemas since the last call; at the first, all that is there. */
  readonly nextDdl: () => Promise<readonly DdlEvent[]>;
  /** Rows, as InnoDB estimates them, of the largest table that is read again without being asked. */
  readonly mostRowsReread: number;
}
