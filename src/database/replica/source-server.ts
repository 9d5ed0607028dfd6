import type { Connection } from 'mariadb';
import type { MysqlAddress } from '../../config/load-config.ts';
import { withConnection } from '../server-connection.ts';
import { readMaxwellPositions } from './maxwell-position.ts';

export interface SourceServer {
  readonly id: string;
  /** Ids of the servers that Maxwell says it reads; none where it is not to be seen. */
  readonly readByMaxwell: readonly string[];
  readonly rowImage: string;
  /** End of the binlog, "file:offset"; null where it is off or may not be seen. */
  readonly position: string | null;
}

/** What a server says of itself and of its binlog. Works on MySQL and MariaDB. */
export async function readSourceServer(
  connection: Connection,
  { maxwell }: Pick<MysqlAddress, 'maxwell'>,
): Promise<SourceServer> {
  const rows = await connection.query<{ Variable_name: string; Value: string }[]>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_id', 'binlog_row_image')",
  );
  const variables = new Map(rows.map((row) => [row.Variable_name, row.Value]));
  return {
    id: variables.get('server_id') ?? '',
    readByMaxwell: (await readMaxwellPositions(connection, maxwell)).map(({ serverId }) => serverId),
    rowImage: variables.get('binlog_row_image') ?? 'FULL',
    position: await binlogEnd(connection),
  };
}

/** The same on a connection of its own. */
export function askSourceServer(source: MysqlAddress): Promise<SourceServer> {
  return withConnection({ ...source, database: '' }, (connection) => readSourceServer(connection, source));
}

type End = { File?: string; Position?: bigint | number };

async function binlogEnd(connection: Connection): Promise<string | null> {
  // MySQL 8.4 has dropped the older name.
  for (const statement of ['SHOW MASTER STATUS', 'SHOW BINARY LOG STATUS']) {
    const rows = await connection.query<End[]>(statement).catch(() => null);
    const [end] = rows ?? [];
    if (end?.File !== undefined && end.Position !== undefined) return `${end.File}:${end.Position}`;
  }
  return null;
}
