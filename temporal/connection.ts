import { Connection, Client } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import type { Config } from '../src/config/load-config.ts';
import { AlirError } from '../src/errors/alir-error.ts';

/**
 * Connects a client. Address, namespace, TLS and API key are read by `@temporalio/envconfig`, so that the same code
 * serves the dev server, a cluster of one's own and Temporal Cloud.
 *
 * @throws AlirError TEMPORAL_UNAVAILABLE
 */
export async function connectTemporal(config: Config): Promise<Client> {
  const { connectionOptions, namespace } = connectConfig(config);
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '10 seconds' });
    return new Client({ connection, namespace: namespace ?? config.settings.TEMPORAL_NAMESPACE });
  } catch (error) {
    throw unavailable(config, error);
  }
}

/**
 * The connection of a worker, which lives in the SDK's native core.
 *
 * @throws AlirError TEMPORAL_UNAVAILABLE
 */
export async function connectTemporalWorker(config: Config): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(connectConfig(config).connectionOptions);
  } catch (error) {
    throw unavailable(config, error);
  }
}

function connectConfig(config: Config): ReturnType<typeof loadClientConnectConfig> {
  return loadClientConnectConfig({ overrideEnvVars: { ...config.temporalEnvironment } });
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
