import { randomUUID } from 'node:crypto';
import { untilMaxwellHasPassed, untilReplicaHasAll } from '../../src/lab/demo/replica-caught-up.ts';
import type { Config } from '../../src/config/load-config.ts';
import type { Database } from '../../src/mysql/connection.ts';
import { withConnection } from '../../src/mysql/server-connection.ts';
import type { Brokers } from '../../src/kafka/brokers.ts';

/**
 * Waits until everything that the source has committed so far is in the replica: Maxwell has passed the end of the
 * binlog, Alir has looked at the source's schema since, the group has committed the ends of all topics, and no table is
 * being read. Tables that cannot have a replica are left out. Nobody else may write to the source meanwhile.
 *
 * @throws Error with what is still missing after `withinMs` without any progress
 */
export async function untilCaughtUp(
  config: Config,
  brokers: Brokers,
  database: Database,
  withinMs = 180_000,
): Promise<void> {
  await untilMaxwellHasPassed(config, withinMs);
  // A new table is read after all that is seen beside it: so the last ALTER, of which no row tells, has been seen too.
  const mark = `caught_up_${randomUUID().slice(0, 8)}`;
  await withConnection(config.source, (connection) =>
    connection.query(`CREATE TABLE ${mark} (id INT PRIMARY KEY)`),
  );
  await untilReplicaHasAll(config, brokers, database, withinMs);
}
