import type { Connection } from 'mariadb';
import type { MysqlAddress } from '../config/load-config.ts';
import { mysqlErrorNumber, withConnection } from '../mysql/server-connection.ts';
import { readMaxwellPositions } from './maxwell-position.ts';
import { ifVisible, unlessDenied } from './not-visible.ts';

export interface SourceServer {
  readonly id: string;
  /** Ids of the servers that Maxwell says it reads; none where it has never run; null: that may not be seen. */
  readonly readByMaxwell: readonly string[] | null;
  readonly rowImage: string;
}

/** What a server says of itself. Works on MySQL and MariaDB. */
export async function readSourceServer(
  connection: Connection,
  source: Pick<MysqlAddress, 'maxwell' | 'user'>,
): Promise<SourceServer> {
  const rows = await connection.query<{ Variable_name: string; Value: string }[]>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_id', 'binlog_row_image')",
  );
  const variables = new Map(rows.map((row) => [row.Variable_name, row.Value]));
  const positions = await ifVisible(readMaxwellPositions(connection, source));
  return {
    id: variables.get('server_id') ?? '',
    readByMaxwell: positions && positions.map(({ serverId }) => serverId),
    // Servers without this variable write whole rows.
    rowImage: variables.get('binlog_row_image') ?? 'FULL',
  };
}

/**
 * Why nothing may be believed that a server says of the source's tables, a sentence: Maxwell reads another server, so
 * that what is read here has no place in the order of Maxwell's events, and what is missing here is not gone.
 *
 * @returns null when Maxwell reads it, has never run, or may not be seen
 */
export function serverProblem({ id, readByMaxwell }: SourceServer): string | null {
  if (readByMaxwell === null || readByMaxwell.length === 0 || readByMaxwell.includes(id)) return null;
  return `SOURCE_MYSQL_HOST is server ${id}, but Maxwell reads server ${readByMaxwell.join(', ')}.`;
}

/**
 * The end of the source's binlog, "file:offset"; null where the server writes none.
 *
 * @throws NotVisible where the user may not see it; AlirError MYSQL_*
 */
export function askBinlogEnd(source: MysqlAddress): Promise<string | null> {
  return withConnection({ ...source, database: '' }, (connection) => binlogEnd(connection, source));
}

type End = { File?: string; Position?: bigint | number };

async function binlogEnd(
  connection: Connection,
  { user }: Pick<MysqlAddress, 'user'>,
): Promise<string | null> {
  const ask = (statement: string): Promise<End[]> =>
    unlessDenied(connection.query<End[]>(statement), {
      what: `${user} may not see the end of the source's binlog.`,
      grant: `GRANT REPLICATION CLIENT ON *.* TO '${user}'@…`,
    });
  const rows = await ask('SHOW MASTER STATUS').catch((error: unknown) => {
    // MySQL 8.4 has dropped the older name, and no other server knows the newer one.
    if (mysqlErrorNumber(error) === syntaxError) return ask('SHOW BINARY LOG STATUS');
    throw error;
  });
  const [end] = rows;
  return end?.File === undefined || end.Position === undefined ? null : `${end.File}:${end.Position}`;
}

const syntaxError = 1064;
