import type { MysqlAddress } from '../config/load-config.ts';
import { AlirError } from '../errors/alir-error.ts';
import { comparePositions } from '../cdc/maxwell/binlog-position.ts';
import { readMaxwellPositions } from './maxwell-position.ts';
import { ifVisible } from './not-visible.ts';
import { mysqlErrorNumber, withConnection } from '../mysql/server-connection.ts';

/** What a server says of its binlog. */
export interface SourceBinlog {
  /** In the order in which they were written. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** Whether every transaction has a GTID. */
  readonly hasGtids: boolean;
  /** `gtid_executed`: the transactions that the server has, "uuid:1-5:7,uuid:1-9". */
  readonly executed: string;
  /** How long a file is kept; null: for ever, or it is not told. */
  readonly keptSeconds: number | null;
}

/**
 * Asks the source for its binlog. Works on MySQL and MariaDB.
 *
 * @returns null where there is none, where it may not be seen, and while the server is away: none of these keeps anybody
 *   from what Kafka holds
 */
export async function readSourceBinlog(source: MysqlAddress): Promise<SourceBinlog | null> {
  type File = { Log_name: string; File_size: bigint | number };
  try {
    return await withConnection({ ...source, database: '' }, async (connection) => {
      const files = await connection.query<File[]>('SHOW BINARY LOGS').catch((error: unknown) => {
        if (mysqlErrorNumber(error) === isOff) return null;
        throw error;
      });
      if (files === null) return null;
      const rows = await connection.query<{ Variable_name: string; Value: string }[]>(
        'SHOW GLOBAL VARIABLES WHERE Variable_name IN ' +
          "('gtid_mode', 'gtid_executed', 'binlog_expire_logs_seconds', 'expire_logs_days')",
      );
      const variables = new Map(rows.map((row) => [row.Variable_name, row.Value]));
      return {
        files: files.map(({ Log_name: name, File_size: bytes }) => ({ name, bytes: Number(bytes) })),
        hasGtids: variables.get('gtid_mode') === 'ON',
        executed: (variables.get('gtid_executed') ?? '').replaceAll(/\s/g, ''),
        keptSeconds: keptSeconds(variables),
      };
    });
  } catch (error) {
    if (error instanceof AlirError && passing.has(error.code)) return null;
    throw error;
  }
}

const isOff = 1381;
const passing: ReadonlySet<string> = new Set(['MYSQL_UNAVAILABLE', 'MYSQL_ACCESS_DENIED']);

/** MySQL 8 counts seconds; the older variable, in days, holds where it is not 0. */
function keptSeconds(variables: ReadonlyMap<string, string>): number | null {
  const seconds = Number(variables.get('binlog_expire_logs_seconds') ?? 0);
  const days = Number(variables.get('expire_logs_days') ?? 0);
  return seconds || days * 86_400 || null;
}

/**
 * What of the binlog is gone that Maxwell has still to read, a sentence without a full stop; null: nothing, or it cannot
 * be told.
 */
export async function maxwellBehind(
  source: MysqlAddress,
  { files }: Pick<SourceBinlog, 'files'>,
): Promise<string | null> {
  const [oldest] = files;
  if (oldest === undefined) return null;
  return withConnection({ ...source, database: '' }, async (connection) => {
    const [server] = await connection.query<{ id: bigint | number }[]>('SELECT @@GLOBAL.server_id AS id');
    const known = await ifVisible(readMaxwellPositions(connection, source));
    const own = known?.find(({ serverId }) => serverId === String(server?.id));
    if (own === undefined || comparePositions(own.position, `${oldest.name}:0`) >= 0) return null;
    return `Maxwell stands at ${own.position}, and the source has purged its binlog before ${oldest.name}`;
  });
}
