import type { Connection } from 'mariadb';
import { quoteName } from '../cdc/schema/quote.ts';
import type { MaxwellNames, MysqlAddress } from '../config/load-config.ts';
import { comparePositions } from '../cdc/maxwell/binlog-position.ts';
import { mysqlErrorNumber, withConnection } from '../mysql/server-connection.ts';
import { NotVisible, unlessDenied } from './not-visible.ts';

/** Maxwell's own defaults. */
const usual: MaxwellNames = { database: 'maxwell', clientId: 'maxwell' };

/**
 * The server that a row of Maxwell's positions is of. One that follows GTIDs (gtid_mode) has 0 there: it goes on at any
 * server that has them, and this is the one.
 */
export const serverOfPosition = 'IF(server_id = 0, @@GLOBAL.server_id, server_id)';

interface MaxwellPosition {
  /** Of the server that it reads. */
  readonly serverId: string;
  /** "file:offset": everything before it is acknowledged by Kafka. */
  readonly position: string;
}

/** Of what the client of a Maxwell is asked. */
type Asked = Pick<MysqlAddress, 'maxwell' | 'user'>;

/**
 * How far Maxwell has come; nothing where it has never run. It keeps a row for each server that it has read, and one for
 * GTIDs: that in use comes first, the others stay as they were left.
 *
 * @throws NotVisible where the user may not see it, or another client has run: whether ours has is not known then;
 *   errors of the driver
 */
export async function readMaxwellPositions(
  connection: Connection,
  { maxwell: { database, clientId } = usual, user }: Asked,
): Promise<MaxwellPosition[]> {
  type Row = { id: bigint | number; file: string; position: bigint | number; client: string };
  const table = `${quoteName(database)}.positions`;
  const asked = connection.query<Row[]>(
    `SELECT ${serverOfPosition} AS id, binlog_file AS file, binlog_position AS position, client_id AS client ` +
      `FROM ${table} ORDER BY last_heartbeat_read DESC`,
  );
  const rows = await unlessDenied(asked, {
    what: `${user} may not read ${database}.positions: Maxwell's position is unknown.`,
    grant: `GRANT SELECT ON ${quoteName(database)}.* TO '${user}'@…`,
  }).catch((error: unknown): Row[] => {
    // Nothing else says that there is no Maxwell: whoever takes an error for that lets pass what Maxwell still brings.
    if (missing.has(mysqlErrorNumber(error) ?? 0)) return [];
    throw error;
  });
  const own = rows.filter(({ client }) => client === clientId);
  if (own.length === 0 && rows.length > 0) {
    const others = [...new Set(rows.map(({ client }) => client))].join(', ');
    throw new NotVisible(
      'TABLE_PAUSED',
      `${database}.positions has no position of client ${clientId}, only of ${others}: Maxwell's position is unknown.`,
      { remedy: 'Start Maxwell, or set MAXWELL_CLIENT_ID to its client_id.' },
    );
  }
  return own.map(({ id, file, position }) => ({ serverId: String(id), position: `${file}:${position}` }));
}

/** No such database, no such table. */
const missing = new Set([1049, 1146]);

/**
 * How far Maxwell has come, "file:offset"; null where there is none.
 *
 * @throws NotVisible where that may not be seen; AlirError MYSQL_*
 */
export async function askMaxwellPosition(source: MysqlAddress): Promise<string | null> {
  return withConnection({ ...source, database: '' }, async (connection) => {
    const [newest] = await readMaxwellPositions(connection, source);
    return newest?.position ?? null;
  });
}

/**
 * Whether Maxwell has passed a position of the binlog. True as well where there is no Maxwell: nothing would ever come
 * from it.
 *
 * @throws NotVisible where that may not be seen; AlirError MYSQL_*
 */
export async function hasMaxwellPassed(source: MysqlAddress, position: string): Promise<boolean> {
  const newest = await askMaxwellPosition(source);
  return newest === null || comparePositions(newest, position) >= 0;
}
