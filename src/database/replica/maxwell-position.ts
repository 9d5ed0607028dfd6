import type { Connection } from 'mariadb';
import { quoteName } from '../../cdc/schema/quote.ts';
import type { MaxwellNames, MysqlAddress } from '../../config/load-config.ts';
import { withConnection } from '../server-connection.ts';

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

/**
 * How far Maxwell has come; nothing where it has never run, or may not be seen. It keeps a row for each server that it
 * has read, and one for GTIDs: that in use comes first, the others stay as they were left.
 */
export async function readMaxwellPositions(
  connection: Connection,
  { database, clientId }: MaxwellNames = usual,
): Promise<MaxwellPosition[]> {
  type Row = { id: bigint | number; file: string; offset: bigint | number };
  const rows = await connection
    .query<Row[]>(
      `SELECT ${serverOfPosition} AS id, binlog_file AS file, binlog_position AS offset ` +
        `FROM ${quoteName(database)}.positions WHERE client_id = ? ORDER BY last_heartbeat_read DESC`,
      [clientId],
    )
    .catch((): Row[] => []);
  return rows.map(({ id, file, offset }) => ({ serverId: String(id), position: `${file}:${offset}` }));
}

/**
 * Whether Maxwell has passed a position of the binlog. True as well where there is no Maxwell to be seen: nothing
 * would ever come from it.
 */
export async function hasMaxwellPassed(source: MysqlAddress, position: string): Promise<boolean> {
  return withConnection({ ...source, database: '' }, async (connection) => {
    const [newest] = await readMaxwellPositions(connection, source.maxwell);
    return newest === undefined || comparePositions(newest.position, position) >= 0;
  });
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
