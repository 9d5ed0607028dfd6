import type { StackDescription } from '../../../config/running-stack.ts';
import type { StackPorts } from './ports.ts';
import type { StackSecrets } from './secrets.ts';
import { clientId } from './services/maxwell.ts';
import { databases, maxwellDatabase } from './services/mysql.ts';
import { namespace } from './services/temporal.ts';

/** What others need to know to use the stack that this process runs. */
export function describeStack(
  name: string,
  ports: StackPorts,
  secrets: StackSecrets,
  maxwellRuns: boolean,
): StackDescription {
  return {
    engine: 'native',
    name,
    // Numbers, not "localhost": the servers listen on 127.0.0.1 only, and MySQL's tools take "localhost" for a socket.
    kafka: { bootstrap: `127.0.0.1:${ports.kafka}` },
    temporal: {
      address: `127.0.0.1:${ports.temporal}`,
      namespace,
      ui: `http://localhost:${ports.ui}`,
      metrics: `http://127.0.0.1:${ports.temporalMetrics}/metrics`,
    },
    mysql: { host: '127.0.0.1', port: ports.mysql, user: 'alir', password: secrets.alir },
    databases,
    maxwell: {
      clientId,
      schemaDatabase: maxwellDatabase,
      running: maxwellRuns,
      diagnostic: `http://127.0.0.1:${ports.maxwell}/diagnostic`,
    },
    supervisor: process.pid,
  };
}
