import { Connection, Client } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import type { Config } from '../src/config/load-config.ts';
import { AlirError } from '../src/errors/alir-error.ts';

export interface TemporalProcess {
  readonly connection: NativeConnection;
  readonly client: Client;
}

/**
 * Connects the client of a command. Address, namespace, TLS and API key are read by `@temporalio/envconfig`, so that the
 * same code serves the dev server, a cluster of one's own and Temporal Cloud.
 *
 * @throws AlirError TEMPORAL_UNAVAILABLE
 */
export async function connectTemporal(config: Config): Promise<Client> {
  const { connectionOptions, namespace } = connectConfig(config);
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '10 seconds' });
    return new Client({ connection, namespace });
  } catch (error) {
    throw unavailable(config, error);
  }
}

/**
 * Connects a process that consumes or works, by the SDK's native core: what the client starts can begin in a worker on
 * the same connection at once, and calls that an outage holds up do not keep the process from stopping.
 *
 * @throws AlirError TEMPORAL_UNAVAILABLE
 */
export async function connectTemporalProcess(config: Config): Promise<TemporalProcess> {
  const { connectionOptions, namespace } = connectConfig(config);
  try {
    const connection = await NativeConnection.connect(connectionOptions);
    return { connection, client: new Client({ connection, namespace }) };
  } catch (error) {
    throw unavailable(config, error);
  }
}

function connectConfig(config: Config) {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: { ...config.temporalEnvironment },
  });
  return { connectionOptions, namespace: namespace ?? config.settings.TEMPORAL_NAMESPACE };
}

const notFound = 5;
const refused = new Set([7, 16]);

/** What a call to Temporal's frontend threw at the start of a process, in the catalogue's terms. */
export function toTemporalError(config: Config, error: unknown): AlirError {
  const status = (error as { code?: unknown } | null)?.code;
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = config.settings;
  if (error instanceof AlirError) return error;
  if (status === notFound) {
    return new AlirError('TEMPORAL_UNAVAILABLE', `Temporal at ${address} has no namespace ${namespace}.`, {
      cause: error,
      remedy: `Correct TEMPORAL_NAMESPACE, or run: temporal operator namespace create -n ${namespace}`,
    });
  }
  if (typeof status === 'number' && refused.has(status)) {
    return new AlirError('TEMPORAL_UNAVAILABLE', `Temporal at ${address} refuses access.`, {
      cause: error,
      remedy: 'Correct TEMPORAL_API_KEY, or grant the right to the namespace.',
    });
  }
  return unavailable(config, error);
}

function unavailable(config: Config, cause: unknown): AlirError {
  return new AlirError(
    'TEMPORAL_UNAVAILABLE',
    `Temporal does not answer at ${config.settings.TEMPORAL_ADDRESS}.`,
    {
      cause,
    },
  );
}
