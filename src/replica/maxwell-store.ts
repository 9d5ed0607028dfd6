/** What Maxwell keeps in its own database, as far as `alir maxwell recover` reads and changes it. */
import type { Connection } from 'mariadb';
import { quoteName, quoteText } from '../cdc/schema/quote.ts';
import type { MaxwellNames } from '../config/load-config.ts';
import { mysqlErrorNumber } from '../mysql/server-connection.ts';
import { unlessDenied } from './not-visible.ts';

/** Where a client of Maxwell stands, and what it has to be told apart from. */
export interface StoredClient {
  /** Id of the server that was asked. */
  readonly serverId: number;
  /** In its row of positions: 0 where it follows GTIDs. */
  readonly positionServerId: number;
  /** "file:offset". */
  readonly position: string;
  /** Milliseconds since 1970 by the clock of Maxwell: of the newest heartbeat that it has read, and of its last one. */
  readonly heartbeatRead: number;
  readonly heartbeatWritten: number;
  /** Other clients that keep their definitions in the same tables. */
  readonly others: readonly string[];
  /** The server's clock. */
  readonly now: number;
}

/** End of the binlog, as Maxwell stores a position. */
export interface BinlogEnd {
  readonly file: string;
  readonly offset: number;
  /** "uuid:1-5,uuid:1-9"; null: the server has none. */
  readonly gtids: string | null;
}

/**
 * Where a client stands.
 *
 * @returns null where it has never run against this server
 * @throws NotVisible; errors of the driver
 */
export async function readStoredClient(
  connection: Connection,
  { database, clientId }: MaxwellNames,
  user: string,
): Promise<StoredClient | null> {
  type Row = { serverId: number; client: string; file: string; offset: bigint; heartbeat: bigint | null };
  const [server] = await connection.query<{ id: bigint; now: bigint }[]>(
    'SELECT @@GLOBAL.server_id AS id, ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000) AS now',
  );
  const serverId = Number(server?.id);
  const rows = await visible(
    user,
    database,
    connection.query<Row[]>(
      'SELECT server_id AS serverId, client_id AS client, binlog_file AS file, binlog_position AS `offset`, ' +
        `last_heartbeat_read AS heartbeat FROM ${quoteName(database)}.positions WHERE server_id IN (0, ?) ` +
        'ORDER BY last_heartbeat_read DESC',
      [serverId],
    ),
  ).catch((error: unknown): Row[] => {
    if (missing.has(mysqlErrorNumber(error) ?? 0)) return [];
    throw error;
  });
  const own = rows.find(({ client }) => client === clientId);
  if (own === undefined) return null;
  const [written] = await connection.query<{ heartbeat: bigint | null }[]>(
    `SELECT MAX(heartbeat) AS heartbeat FROM ${quoteName(database)}.heartbeats WHERE server_id = ? AND client_id = ?`,
    [own.serverId, clientId],
  );
  return {
    serverId,
    positionServerId: Number(own.serverId),
    position: `${own.file}:${own.offset}`,
    heartbeatRead: Number(own.heartbeat ?? 0),
    heartbeatWritten: Number(written?.heartbeat ?? own.heartbeat ?? 0),
    others: [...new Set(rows.map(({ client }) => client))].filter((client) => client !== clientId),
    now: Number(server?.now),
  };
}

/** No such database, no such table. */
const missing = new Set([1049, 1146]);

/** @throws NotVisible; errors of the driver */
export async function readBinlogEnd(connection: Connection, user: string): Promise<BinlogEnd | null> {
  type Row = { File?: string; Position?: bigint | number; Executed_Gtid_Set?: string };
  const ask = (statement: string): Promise<Row[]> =>
    unlessDenied(connection.query<Row[]>(statement), {
      what: `${user} may not see the end of the source's binlog.`,
      grant: `GRANT REPLICATION CLIENT ON *.* TO '${user}'@…`,
    });
  const [end] = await ask('SHOW MASTER STATUS').catch((error: unknown) => {
    if (mysqlErrorNumber(error) === syntaxError) return ask('SHOW BINARY LOG STATUS'); // MySQL 8.4
    throw error;
  });
  if (end?.File === undefined || end.Position === undefined) return null;
  const gtids = (end.Executed_Gtid_Set ?? '').replaceAll(/\s/g, '');
  return { file: end.File, offset: Number(end.Position), gtids: gtids === '' ? null : gtids };
}

const syntaxError = 1064;

/**
 * The statements that let a stopped Maxwell begin anew at the end of the binlog, with today's definitions. Run them in
 * one transaction. The definitions that it has stored are retired in its own way, and their places are forgotten: it
 * looks for a place before it stores definitions, retired or not. What it has read last is before that end.
 */
export function retireStatements(
  { database, clientId }: MaxwellNames,
  { serverId, positionServerId, heartbeatRead, heartbeatWritten }: StoredClient,
  { file, offset, gtids }: BinlogEnd,
): string[] {
  const followsGtids = positionServerId === 0;
  // With GTIDs Maxwell takes any server's definitions.
  const which = followsGtids ? `server_id = ${serverId} OR gtid_set IS NOT NULL` : `server_id = ${serverId}`;
  const heartbeat = Math.max(heartbeatRead, heartbeatWritten);
  const gtidSet = followsGtids && gtids !== null ? quoteText(gtids) : 'NULL';
  return [
    `UPDATE ${quoteName(database)}.\`schemas\` SET deleted = 1, position_sha = NULL WHERE ${which}`,
    `UPDATE ${quoteName(database)}.positions SET binlog_file = ${quoteText(file)}, binlog_position = ${offset}, ` +
      `gtid_set = ${gtidSet}, last_heartbeat_read = ${heartbeat} ` +
      `WHERE server_id = ${positionServerId} AND client_id = ${quoteText(clientId)}`,
  ];
}

/** Runs `retireStatements` in one transaction. */
export async function retire(connection: Connection, statements: readonly string[]): Promise<void> {
  await connection.beginTransaction();
  try {
    for (const statement of statements) await connection.query(statement);
    await connection.commit();
  } catch (error) {
    await connection.rollback().catch(() => undefined);
    throw error;
  }
}

/** Whether Maxwell has stored definitions that are in use. */
export async function hasDefinitions(
  connection: Connection,
  { database }: MaxwellNames,
  { serverId }: Pick<StoredClient, 'serverId'>,
): Promise<boolean> {
  const rows = await connection.query<unknown[]>(
    `SELECT id FROM ${quoteName(database)}.\`schemas\` WHERE deleted = 0 AND server_id = ? LIMIT 1`,
    [serverId],
  );
  return rows.length > 0;
}

function visible<T>(user: string, database: string, query: Promise<T>): Promise<T> {
  return unlessDenied(query, {
    what: `${user} may not read ${database}.positions: Maxwell's position is unknown.`,
    grant: `GRANT SELECT ON ${quoteName(database)}.* TO '${user}'@…`,
  });
}
