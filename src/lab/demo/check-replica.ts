import { openCommandDatabase } from '../../operations/command-database.ts';
import type { Config } from '../../config/load-config.ts';
import { compareReplica, type ReplicaComparison } from './compare-checksums.ts';
import { Brokers } from '../../kafka/brokers.ts';
import { untilMaxwellHasPassed, untilReplicaHasAll } from './replica-caught-up.ts';

/**
 * Waits until the replica has caught up with its source, then compares them.
 *
 * @param hasMaxwell whether changes come at all; without, tables are only read from the source
 * @throws AlirError CHECK_FAILED when it does not catch up
 */
export async function checkReplica(
  config: Config,
  options: { hasMaxwell: boolean; tell: (line: string) => void },
): Promise<ReplicaComparison> {
  const brokers = new Brokers(config);
  const database = openCommandDatabase(config);
  const replicaDatabase = config.settings.MYSQL_REPLICA_DATABASE;
  try {
    options.tell(`Waiting until ${replicaDatabase} has caught up with ${config.source.database}`);
    if (options.hasMaxwell) await untilMaxwellHasPassed(config);
    await untilReplicaHasAll(config, brokers, database);
    return await compareReplica(config.source, config.target, replicaDatabase);
  } finally {
    await brokers.close();
    await database.$disconnect();
  }
}
