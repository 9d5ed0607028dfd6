import type { MysqlAddress } from '../../config/load-config.ts';
import { readBinlogEnd, retireStatements, type StoredClient } from '../../replica/maxwell-store.ts';
import { withConnection } from '../../mysql/server-connection.ts';
import { AlirError } from '../../errors/alir-error.ts';

/**
 * What people do where another than Alir starts Maxwell, with the values of this moment.
 *
 * @returns lines; the statements end with ";"
 * @throws AlirError MAXWELL_UNAVAILABLE, MYSQL_*
 */
export async function stepsByHand(source: MysqlAddress, stand: StoredClient): Promise<string[]> {
  const names = source.maxwell!;
  const end = await withConnection({ ...source, database: '' }, (connection) =>
    readBinlogEnd(connection, source.user),
  );
  if (end === null)
    throw new AlirError('MAXWELL_UNAVAILABLE', 'The source writes no binlog: Maxwell has nothing to read.');
  return [
    `Maxwell (client ${names.clientId}, database ${names.database}) stands at ${stand.position} of server ${stand.serverId}.`,
    'Another than Alir has started it, so these steps are yours:',
    '',
    '1. Stop it, wherever it runs (docker compose stop maxwell · systemctl stop maxwell), and see that it has ended.',
    '2. Run this command again: the position below is of this moment, and must be the end of the binlog when',
    '   Maxwell is started. Then, at once, as a user who may write to its database:',
    '',
    'START TRANSACTION;',
    ...retireStatements(names, stand, end).map((statement) => `${statement};`),
    'COMMIT;',
    '',
    '3. Start it at once. It takes the definitions of all tables as they are then. Where one was changed between step 2',
    '   and now, or Maxwell ends again: once more from step 1.',
    '4. Nothing more: where alir run runs, it has every table read again, and alir status shows when that is done.',
    '   Then compare: alir verify',
  ];
}
