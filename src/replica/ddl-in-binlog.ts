import type { Connection } from 'mariadb';
import { quoteText } from '../cdc/schema/quote.ts';
import { unlessDenied } from './not-visible.ts';
import type { BinlogEnd } from './maxwell-store.ts';

type Place = Pick<BinlogEnd, 'file' | 'offset'>;

interface BinlogEvent {
  readonly Event_type: string;
  readonly Info: string;
  readonly End_log_pos: bigint | number;
}

/** How many events are asked for at once. */
const pageSize = 2_000;

/**
 * The statements between two places of the binlog that may have changed a definition, of any database of the server.
 *
 * @param from where an event begins
 * @throws NotVisible; errors of the driver
 */
export async function definitionChanges(
  connection: Connection,
  user: string,
  from: Place,
  to: Place,
): Promise<string[]> {
  const files = (await connection.query<{ Log_name: string }[]>('SHOW BINARY LOGS')).map(
    ({ Log_name: name }) => name,
  );
  const between = files.slice(files.indexOf(from.file), files.indexOf(to.file) + 1);
  const found: string[] = [];
  for (const file of between) {
    const end = file === to.file ? to.offset : Infinity;
    let offset = file === from.file ? from.offset : 4;
    while (offset < end) {
      const events = await readEvents(connection, user, file, offset);
      for (const { Event_type: type, Info: info, End_log_pos: next } of events) {
        if (offset >= end) break;
        if (type === 'Query' && changesDefinitions(info)) found.push(info);
        offset = Number(next);
      }
      if (events.length < pageSize) break;
    }
  }
  return found;
}

/** @throws NotVisible; errors of the driver */
export function readEvents(
  connection: Connection,
  user: string,
  file: string,
  offset: number,
  limit = pageSize,
): Promise<BinlogEvent[]> {
  // The statement takes no parameters.
  const asked = connection.query<BinlogEvent[]>(
    `SHOW BINLOG EVENTS IN ${quoteText(file)} FROM ${offset} LIMIT ${limit}`,
  );
  return unlessDenied(asked, {
    what: `${user} may not read the source's binlog: Alir cannot tell whether definitions change.`,
    grant: `GRANT REPLICATION SLAVE ON *.* TO '${user}'@…`,
  });
}

const harmless =
  /^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|XA|FLUSH|GRANT|REVOKE|SET|ANALYZE|OPTIMIZE|REPAIR|TRUNCATE|INSERT|UPDATE|DELETE|REPLACE)\b/i;
const ofNoTable =
  /^(?:CREATE|ALTER|DROP|RENAME)\s+(?:OR\s+REPLACE\s+)?(?:DEFINER\s*=\s*\S+\s+)?(?:TEMPORARY|USER|ROLE|FUNCTION|PROCEDURE|TRIGGER|EVENT|VIEW|SERVER)\b/i;

/** Whether a statement, as SHOW BINLOG EVENTS tells it, may change the definition of a table: one that is not known does. */
export function changesDefinitions(info: string): boolean {
  const statement = info
    .replace(/^use `(?:[^`]|``)*`; /, '')
    .replaceAll(/\/\*(?!!)[\s\S]*?\*\//g, ' ')
    .replaceAll(/(?:#|-- ).*$/gm, ' ')
    .trim();
  return !harmless.test(statement) && !ofNoTable.test(statement);
}
