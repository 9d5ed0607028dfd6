import type { MysqlAddress } from '../../../config/load-config.ts';
import { ok, type Check, type Server } from '../check.ts';
import type { SqlReader } from '../context.ts';

/** Whether each server answers. Everything else is looked at only where it does. */
export const reach: Readonly<Record<Server, Check>> = {
  kafka: {
    name: 'reachable',
    area: 'Kafka',
    needs: [],
    async run({ kafka, config }) {
      await kafka.reach();
      return [ok(`Kafka answers at ${config.kafka.brokers.join(', ')}.`)];
    },
  },
  target: {
    name: 'reachable',
    area: 'MySQL target',
    needs: [],
    run: async ({ target, config }) => [ok(await greet(target, config.target))],
  },
  source: {
    name: 'reachable',
    area: 'MySQL source',
    needs: [],
    run: async ({ source, config }) => [ok(await greet(source, config.source))],
  },
  temporal: {
    name: 'reachable',
    area: 'Temporal',
    needs: [],
    async run({ temporal, config }) {
      await temporal.reach();
      return [ok(`Temporal answers at ${config.settings.TEMPORAL_ADDRESS}.`)];
    },
  },
};

async function greet(reader: SqlReader, { host, port, user }: MysqlAddress): Promise<string> {
  const [row] = await reader.query<{ version: string }>('SELECT VERSION() AS version');
  return `MySQL ${row?.version ?? ''} answers user ${user} at ${host}:${port}.`;
}
