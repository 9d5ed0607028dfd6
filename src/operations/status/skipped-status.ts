import { isOfAnotherLife } from '../../cdc/ddl/definition-log.ts';
import { comparePositions, isSameBinlog } from '../../cdc/maxwell/binlog-position.ts';
import type { Capture } from '../../cdc/schema/schema-history.ts';
import type { MysqlAddress } from '../../config/load-config.ts';
import type { Database } from '../../mysql/connection.ts';
import { MaxwellCaptures } from '../../replica/maxwell-captures.ts';
import { listReadings, type TableReading } from '../../metadata/table-states.ts';
import type { BreakStatus } from './break-status.ts';

/** How many tables are named. */
const named = 5;

/** Tables that have not been read since Maxwell began anew (`alir maxwell recover`): what it passed over is in no topic. */
export async function skippedBreaks(
  database: Database,
  source: MysqlAddress,
  binlogEnd: string,
): Promise<BreakStatus[]> {
  const capture = (await new MaxwellCaptures(source).read()).at(-1);
  if (capture === undefined) return [];
  const tables = (await listReadings(database)).filter(
    (reading) => reading.database === source.database && isSkipped(reading, capture, binlogEnd),
  );
  if (tables.length === 0) return [];
  const names = tables.slice(0, named).map(({ table }) => table);
  const more = tables.length > named ? ` and ${tables.length - named} more` : '';
  return [
    {
      kind: 'skipped',
      topic: null,
      at: null,
      what:
        `Maxwell restarted at ${capture.position} and skipped the changes that it had not read before: they are missing in ` +
        `${names.join(', ')}${more} until Alir has read these tables again`,
      remedy: `alir replica reload ${names.join(' ')} --wait`,
    },
  ];
}

/** Whether a table's last reading, or the one in hand, has not brought what was passed over. */
export function isSkipped(
  { state, covers, isPending }: Pick<TableReading, 'state' | 'covers' | 'isPending'>,
  { position }: Capture,
  binlogEnd: string,
): boolean {
  if (state === 'refused' || covers === null || isOfAnotherLife(covers, binlogEnd)) return false;
  if (!isSameBinlog(covers, position)) return false;
  // One that is asked for has covered nothing yet; what the one before it covers is still noted.
  const isRead = comparePositions(covers, position) >= 0;
  return !isRead || (state === 'loading' && !isPending);
}
