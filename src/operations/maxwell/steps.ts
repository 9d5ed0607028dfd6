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
    'Alir did not start it, so you have to take these steps yourself:',
    '',
    '1. Stop it, wherever it runs (docker compose stop maxwell · systemctl stop maxwell), and check that it has stopped.',
    '2. Run this command again: the position below is the end of the binlog now, and must still be the end when',
    '   Maxwell starts. Then, at once, as a user who may write to its database:',
    '',
    'START TRANSACTION;',
    ...retireStatements(names, stand, end).map((statement) => `${statement};`),
    'COMMIT;',
    '',
    '3. Start it at once. It reads the definitions of all tables as they are then. If one changed between step 2',
    '   and now, or Maxwell stops again, repeat from step 1.',
    '4. Leave alir run running: it reads every table again, and alir status shows when that is done.',
    '   Then compare: alir verify',
  ];
}
