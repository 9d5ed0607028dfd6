import type { Connection } from 'mariadb';

export interface SourceServer {
  /** Tells servers apart that answer at the same address at different times. */
  readonly uuid: string;
  readonly rowImage: string;
  /** End of the binlog, "file:offset"; null where it is off or may not be seen. */
  readonly position: string | null;
}

/** What a server says of itself and of its binlog. Works on MySQL and MariaDB. */
export async function readSourceServer(connection: Connection): Promise<SourceServer> {
  const rows = await connection.query<{ Variable_name: string; Value: string }[]>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_uuid', 'server_id', 'binlog_row_image')",
  );
  const variables = new Map(rows.map((row) => [row.Variable_name, row.Value]));
  return {
    // MariaDB has no uuid.
    uuid: variables.get('server_uuid') ?? variables.get('server_id') ?? '',
    rowImage: variables.get('binlog_row_image') ?? 'FULL',
    position: await binlogEnd(connection),
  };
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

/** Negative, zero or positive: which of two binlog positions comes first. File numbers compare as numbers. */
export function comparePositions(a: string, b: string): number {
  const [fileA, offsetA] = parts(a);
  const [fileB, offsetB] = parts(b);
  return fileA - fileB || offsetA - offsetB;
}

function parts(position: string): [number, number] {
  const [, file, offset] = /\.(\d+):(\d+)$/.exec(position) ?? [];
  return [Number(file ?? 0), Number(offset ?? 0)];
}
