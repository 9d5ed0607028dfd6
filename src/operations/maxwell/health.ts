import { setTimeout as delay } from 'node:timers/promises';
import type { MysqlAddress } from '../../config/load-config.ts';
import { readStoredClient, type StoredClient } from '../../replica/maxwell-store.ts';
import { withConnection } from '../../mysql/server-connection.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { toleratedSeconds } from '../status/maxwell-status.ts';

/** Maxwell stores its position every second. */
const lookMs = 12_000;
const lookEveryMs = 1_000;

/**
 * Where Maxwell stands by its own tables.
 *
 * @throws AlirError MAXWELL_UNAVAILABLE where it has never run, MYSQL_*
 */
export async function standOf(source: MysqlAddress): Promise<StoredClient> {
  const names = source.maxwell!;
  const stand = await withConnection({ ...source, database: '' }, (connection) =>
    readStoredClient(connection, names, source.user),
  );
  if (stand !== null) return stand;
  throw new AlirError(
    'MAXWELL_UNAVAILABLE',
    `Client ${names.clientId} of Maxwell has no position of this server in ${names.database}.positions: it has never run here.`,
    {
      remedy:
        'Start Maxwell (it begins at the end of the binlog), or correct MAXWELL_DATABASE and MAXWELL_CLIENT_ID.',
    },
  );
}

/** Whether Maxwell gets on: it has read a heartbeat lately, or its position moves. Takes some seconds where it does not. */
export async function getsOn(source: MysqlAddress): Promise<boolean> {
  const first = await standOf(source);
  for (let waited = 0; ; waited += lookEveryMs) {
    const stand = await standOf(source);
    if (stand.now - stand.heartbeatRead < toleratedSeconds * 1000 || stand.position !== first.position)
      return true;
    if (waited >= lookMs) return false;
    await delay(lookEveryMs);
  }
}
