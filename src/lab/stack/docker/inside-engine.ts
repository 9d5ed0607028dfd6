import { maxwellPages } from '../../../config/in-compose.ts';
import { loadConfig } from '../../../config/load-config.ts';
import type { StackDescription } from '../../../config/running-stack.ts';
import { AlirError } from '../../../errors/alir-error.ts';
import type { StackEngine } from '../engine.ts';

/**
 * The stack as seen from one of its own containers (`docker compose run --rm alir …`): it runs already, at the addresses
 * that docker-compose.yml has set, and is started and stopped from outside.
 */
export const insideEngine: StackEngine = {
  async up(options, report) {
    report({ service: 'stack', phase: 'ready', text: 'using the servers of docker-compose.yml' });
    const description = await describe();
    options.onReady?.(description);
    return description;
  },

  start: (_, service) => Promise.reject(outside(`docker compose up -d --no-deps ${service}`)),

  stop: (_, service) => Promise.reject(outside(`docker compose stop ${service}`)),

  down: () => Promise.reject(outside('docker compose down')),

  status: async () => ({ description: await describe(), services: [] }),

  logs: () => {
    throw outside('docker compose logs');
  },

  reset: () => Promise.reject(outside('docker compose down --volumes')),
};

async function describe(): Promise<StackDescription> {
  const { settings } = loadConfig();
  return {
    engine: 'docker',
    name: settings.ALIR_STACK,
    kafka: { bootstrap: settings.KAFKA_BROKERS },
    temporal: {
      address: settings.TEMPORAL_ADDRESS,
      namespace: settings.TEMPORAL_NAMESPACE,
      ui: settings.TEMPORAL_UI_URL,
    },
    mysql: {
      host: settings.MYSQL_HOST,
      port: settings.MYSQL_PORT,
      user: settings.MYSQL_USER,
      password: settings.MYSQL_PASSWORD ?? '',
    },
    databases: {
      source: settings.SOURCE_MYSQL_DATABASE,
      target: settings.MYSQL_DATABASE,
      replica: settings.MYSQL_REPLICA_DATABASE,
    },
    maxwell: {
      clientId: settings.MAXWELL_CLIENT_ID,
      schemaDatabase: settings.MAXWELL_DATABASE,
      running: await answers(`${maxwellPages}/ping`),
    },
    supervisor: 0,
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

function outside(command: string): AlirError {
  return new AlirError('USAGE', 'A container cannot do that to its own stack.', {
    remedy: `Run on the machine itself: ${command}`,
  });
}
