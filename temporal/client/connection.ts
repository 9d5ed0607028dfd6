import { Connection, Client } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Config } from '../../src/config/load-config.ts';
import { AlirError, messageOf } from '../../src/errors/alir-error.ts';

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
    throw toTemporalError(config, error);
  }
}

/** Where and how a client connects; Temporal's own variables and configuration file count, as its `envconfig` has it. */
export function connectConfig(config: Config) {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: { ...config.temporalEnvironment },
  });
  return { connectionOptions, namespace: namespace ?? config.settings.TEMPORAL_NAMESPACE };
}

const notFound = 5;
const refused = new Set([7, 16]);
/** The SDK's core has no status for what ended a connection's first request, only a text. */
const refusedText = /permission ?denied|unauthenticated|unauthori[sz]ed/i;
const untrustedText = /certificate/i;

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
  const text = messageOf(error);
  if (untrustedText.test(text)) {
    return new AlirError('TEMPORAL_UNAVAILABLE', `Temporal at ${address} cannot be trusted: ${text}`, {
      cause: error,
      remedy: 'Correct the CA file, or TEMPORAL_ADDRESS: the certificate names other hosts.',
    });
  }
  if ((typeof status === 'number' && refused.has(status)) || refusedText.test(text)) {
    return new AlirError('TEMPORAL_UNAVAILABLE', `Temporal at ${address} refuses access.`, {
      cause: error,
      remedy: 'Correct TEMPORAL_API_KEY, or grant the right to the namespace.',
    });
  }
  return new TemporalAway(config, error);
}

/** Temporal does not answer, as opposed to one that lets us not in or lacks the namespace: waiting may help. */
export class TemporalAway extends AlirError {
  constructor({ settings }: Config, cause?: unknown) {
    super('TEMPORAL_UNAVAILABLE', `Temporal does not answer at ${settings.TEMPORAL_ADDRESS}.`, { cause });
  }
}

/** Unknown, out of time, unavailable: the answer was lost, the request perhaps not. */
const lostAnswers = new Set<unknown>([2, 4, 14]);

/** Whether a request may have been carried out, though it failed. */
export function mayHaveArrived(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return lostAnswers.has(code) || lostAnswers.has(cause?.code);
}
