import type { MysqlAddress } from '../config/load-config.ts';
import type { Database } from '../mysql/connection.ts';
import type { Brokers } from '../kafka/brokers.ts';

/** What planning needs to look at. */
export interface PlanningContext {
  readonly brokers: Brokers;
  /** Of the bookkeeping. */
  readonly database: Database;
  /** The server that Maxwell reads. */
  readonly source: MysqlAddress;
  readonly replicaDatabase: string;
}
