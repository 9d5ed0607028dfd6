import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { Config } from '../../src/config/load-config.ts';
import { connectConfig, toTemporalError } from './connection.ts';

export interface TemporalProcess {
  readonly connection: NativeConnection;
  readonly client: Client;
}

const limitMs = 10_000;

/**
 * Connects a process that consumes or works, by the SDK's native core: what the client starts can begin in a worker on
 * the same connection at once, and calls that an outage holds up do not keep the process from stopping.
 *
 * Apart from the client of commands, which would load the whole worker for it: half a second for each of them.
 *
 * @throws AlirError TEMPORAL_UNAVAILABLE
 */
export async function connectTemporalProcess(config: Config): Promise<TemporalProcess> {
  const { connectionOptions, namespace } = connectConfig(config);
  try {
    const connection = await inTime(NativeConnection.connect(connectionOptions));
    return { connection, client: new Client({ connection, namespace }) };
  } catch (error) {
    throw toTemporalError(config, error);
  }
}

/** A host that drops packets would hold the core's attempt for minutes: it goes on alone, and is closed if it succeeds. */
async function inTime(connecting: Promise<NativeConnection>): Promise<NativeConnection> {
  const finished = new AbortController();
  const tooLate = delay(limitMs, null, { signal: finished.signal }).catch(() => null);
  const connection = await Promise.race([connecting, tooLate]).finally(() => finished.abort());
  if (connection !== null) return connection;
  connecting.then(
    (late) => late.close(),
    () => undefined,
  );
  throw new Error(`no answer within ${limitMs / 1000} s`);
}
