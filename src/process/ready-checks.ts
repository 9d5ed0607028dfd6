import type { Client } from '@temporalio/client';
import { toTemporalError } from '../../temporal/client/connection.ts';
import type { Config } from '../config/load-config.ts';
import type { Database } from '../mysql/connection.ts';
import { assertMigrated } from '../mysql/migrations/migrate.ts';
import { classifyMysqlError } from '../mysql/mysql-error.ts';
import { checkLimitMs, type ReadyChecks } from '../http/readiness.ts';
import type { Brokers } from '../kafka/brokers.ts';

/** What a process needs to move a batch, each asked through the very connections that batches use. */
export function readyChecks(
  config: Config,
  { brokers, temporal, database }: { brokers: Brokers; temporal: () => Promise<Client>; database: Database },
): ReadyChecks {
  const namespace = config.settings.TEMPORAL_NAMESPACE;
  return {
    kafka: () => brokers.metadata([]),
    temporal: async () => {
      const client = await temporal();
      try {
        await client.connection.withDeadline(Date.now() + checkLimitMs, () =>
          client.workflowService.describeNamespace({ namespace }),
        );
      } catch (error) {
        throw toTemporalError(config, error);
      }
    },
    mysql: async () => {
      try {
        await database.$queryRawUnsafe('SELECT 1');
      } catch (error) {
        throw classifyMysqlError(error);
      }
    },
    schema: () => assertMigrated(config.target),
  };
}
