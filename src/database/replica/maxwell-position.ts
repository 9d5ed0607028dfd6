import type { MysqlAddress } from '../../config/load-config.ts';
import { withConnection } from '../server-connection.ts';
import { comparePositions } from './source-server.ts';

/** Maxwell's own database, where it keeps how far it has come. */
const maxwellDatabase = 'maxwell';

/**
 * Whether Maxwell has passed a position of the binlog: everything before it is acknowledged by Kafka. True as well
 * where there is no Maxwell to be seen: nothing would ever come from it.
 */
export async function hasMaxwellPassed(source: MysqlAddress, position: string): Promise<boolean> {
  return withConnection({ ...source, database: '' }, async (connection) => {
    const rows = await connection
      .query<{ file: string; offset: bigint | number }[]>(
        `SELECT binlog_file AS file, binlog_position AS offset FROM ${maxwellDatabase}.positions`,
      )
      .catch(() => []);
    return rows.every(({ file, offset }) => comparePositions(`${file}:${offset}`, position) >= 0);
  });
}
