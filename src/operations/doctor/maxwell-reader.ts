import type { Config, MysqlAddress } from '../../config/load-config.ts';
import { quoteName } from '../../cdc/schema/quote.ts';
import { classifyMysqlError } from '../../mysql/mysql-error.ts';
import { serverOfPosition } from '../../replica/maxwell-position.ts';
import { withConnection } from '../../mysql/server-connection.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { serverTime } from './clocks.ts';
import type { SqlReader } from './context.ts';

/** How Maxwell is called. */
export function maxwellNames({ settings }: Config): { schema: string; client: string } {
  return { schema: settings.MAXWELL_DATABASE, client: settings.MAXWELL_CLIENT_ID };
}

/** Asks the source over one connection. @throws AlirError MYSQL_* */
export function readFromSource<T>(source: MysqlAddress, read: (reader: SqlReader) => Promise<T>): Promise<T> {
  return withConnection({ ...source, database: '' }, (connection) =>
    read({
      query: <Row>(sql: string, values: readonly unknown[] = []) =>
        connection.query<Row[]>(sql, [...values]).catch((error: unknown): never => {
          throw classifyMysqlError(error);
        }),
    }),
  );
}

export interface StoredPosition {
  readonly serverId: number;
  readonly client: string;
  readonly file: string | null;
  readonly offset: number | null;
  /** When the newest heartbeat that it has read back was written, milliseconds since 1970; null: none yet. */
  readonly heartbeatRead: number | null;
}

export interface PositionFacts {
  readonly schema: string;
  readonly client: string;
  /** The id of the server that was asked. */
  readonly serverId: number;
  /** That which was written last comes first. Null: there is no table of positions; 'denied': it may not be seen. */
  readonly positions: readonly StoredPosition[] | null | 'denied';
  /** When this client last wrote a heartbeat, milliseconds since 1970; null: never. */
  readonly heartbeatWritten: number | null;
  /** The server's clock, milliseconds since 1970. */
  readonly now: number;
  /** Files of the binlog; null: they may not be seen. */
  readonly files: readonly string[] | null;
}

/** The driver gives large numbers as bigint. */
interface PositionRow {
  readonly serverId: number;
  readonly file: string | null;
  readonly offset: number | bigint | null;
  readonly client: string;
  readonly heartbeat: number | bigint | null;
}

/** Reads where Maxwell stands. What is not there is null. */
export async function readPosition(
  source: SqlReader,
  { schema, client }: { schema: string; client: string },
): Promise<PositionFacts> {
  const [server] = await source.query<{ id: unknown; now: unknown }>(
    `SELECT @@GLOBAL.server_id AS id, ${serverTime} AS now`,
  );
  const positions = await unlessMissing(
    source.query<PositionRow>(
      `SELECT ${serverOfPosition} AS serverId, binlog_file AS file, binlog_position AS \`offset\`, client_id AS client, ` +
        `last_heartbeat_read AS heartbeat FROM ${quoteName(schema)}.positions ORDER BY last_heartbeat_read DESC`,
    ),
  );
  const heartbeats = await unlessMissing(
    source.query<{ heartbeat: unknown }>(
      `SELECT MAX(heartbeat) AS heartbeat FROM ${quoteName(schema)}.heartbeats ` +
        `WHERE ${serverOfPosition} = @@GLOBAL.server_id AND client_id = ?`,
      [client],
    ),
  );
  return {
    schema,
    client,
    serverId: Number(server?.id),
    positions:
      positions === null || positions === 'denied'
        ? positions
        : positions.map((row) => ({
            serverId: Number(row.serverId),
            client: row.client,
            file: row.file,
            offset: row.offset === null ? null : Number(row.offset),
            heartbeatRead: Number(row.heartbeat) || null,
          })),
    heartbeatWritten: heartbeats === 'denied' ? null : Number(heartbeats?.[0]?.heartbeat) || null,
    now: Number(server?.now),
    files: await binlogFiles(source),
  };
}

async function unlessMissing<T>(rows: Promise<T[]>): Promise<T[] | null | 'denied'> {
  try {
    return await rows;
  } catch (error) {
    if (error instanceof AlirError && error.code === 'SCHEMA_NOT_MIGRATED') return null;
    if (error instanceof AlirError && error.code === 'MYSQL_ACCESS_DENIED') return 'denied';
    throw error;
  }
}

async function binlogFiles(source: SqlReader): Promise<string[] | null> {
  return (await readBinlogFiles(source))?.map(({ name }) => name) ?? null;
}

/** A file of the binlog. */
export interface BinlogFile {
  readonly name: string;
  readonly bytes: number;
}

/** The files of the binlog, oldest first; null: there is none, or they may not be seen, of which the source's settings tell. */
export async function readBinlogFiles(source: SqlReader): Promise<BinlogFile[] | null> {
  try {
    const rows = await source.query<{ Log_name: string; File_size: bigint | number }>('SHOW BINARY LOGS');
    return rows.map((row) => ({ name: row.Log_name, bytes: Number(row.File_size) }));
  } catch (error) {
    if (error instanceof AlirError && error.code !== 'MYSQL_UNAVAILABLE') return null;
    throw error;
  }
}
