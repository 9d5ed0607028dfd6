import type { Connection } from 'mariadb';
import { cdc } from '../pipelines/cdc/cdc.ts';
import { entryOf, keyText } from '../pipelines/packed-outcome.ts';
import type { Change } from '../apply/changes.ts';
import { withConnection } from '../mysql/server-connection.ts';
import { inTransaction } from '../mysql/transaction.ts';
import { lockTarget } from '../metadata/targets.ts';
import { anyFences, writeChanges } from '../apply/write-changes.ts';
import { readRow } from './apply-chunk.ts';
import { chunkBytes } from './load-rows.ts';
import { readKeys } from './read-chunk.ts';
import {
  nextRefetches,
  noteProblem,
  removeRefetches,
  requestRefetches,
  type Refetch,
} from '../metadata/refetches.ts';
import { requestLoad } from '../metadata/table-loads.ts';
import { isUnreadKey, keysMeant } from './unread-keys.ts';
import { largestRow, lengthsOf } from './rows-of-chunk.ts';
import {
  lookAtTable,
  nextPosition,
  readExactly,
  refusalOf,
  type SourceReader,
  type SourceTable,
} from './source-table.ts';
import type { TableName } from '../cdc/schema/table-name.ts';

/** Of one transaction. What a transaction costs by itself is as much as some hundred rows. */
const mostKeys = 400;

/**
 * Reads the rows of a table that are asked for, and applies what the source has: the row as it is, or that it is gone.
 *
 * @returns how many keys were asked for, and how many rows the source has of them
 * @throws AlirError TABLE_PAUSED, MYSQL_*, KAFKA_*
 */
export function serveRefetches(
  reader: SourceReader,
  name: TableName,
  signal: AbortSignal,
): Promise<{ readonly keys: number; readonly rows: number }> {
  return withConnection({ ...reader.source, database: name.database }, async (connection) => {
    let keys = 0;
    let rows = 0;
    let known = await lookAtTable(reader, connection, name);
    while (!signal.aborted && known !== null) {
      const { schema, target } = known;
      const next = await nextRefetches(reader.database, target, mostKeys);
      if (next.length === 0) break;
      const stray = next.filter(({ key }) => key.length !== target.key.length);
      if (stray.length > 0) {
        // The table has been made anew with another key since, and was read as a whole.
        await inTransaction(reader.database, (transaction) => removeRefetches(transaction, target, stray));
        continue;
      }
      const unread = next.find(({ key }) => isUnreadKey(schema, key));
      if (unread !== undefined) {
        await replaceUnread(reader, connection, known, unread);
        continue;
      }
      const wanted = await takeWithin(reader, connection, known, next);
      if (wanted.length === 0) continue;
      const found = await serve(reader, connection, known, wanted);
      if (found === 'altered') {
        known = await lookAtTable(reader, connection, name);
        continue;
      }
      keys += wanted.length;
      rows += found;
    }
    return { keys, rows };
  });
}

/** Asks for all rows that a key may mean which Maxwell could not read; for the table where there are too many. */
async function replaceUnread(
  { database }: SourceReader,
  connection: Connection,
  { schema, target, checksum }: SourceTable,
  unread: Refetch,
): Promise<void> {
  const keys = checksum === null ? [] : await keysMeant(connection, database, { schema, target }, unread.key);
  if (keys === null) await requestLoad(database, schema, { waitFor: null, askedBy: 'definition' });
  await inTransaction(database, async (transaction) => {
    await lockTarget(transaction, target, cdc.name);
    if (keys !== null && keys.length > 0)
      await requestRefetches(transaction, target, schema, keys.map(keyText));
    await removeRefetches(transaction, target, [unread]);
  });
}

/** The first of the wanted rows that are small enough together; one that is too large alone gets its problem noted. */
async function takeWithin(
  { database }: SourceReader,
  connection: Connection,
  { schema, target, checksum }: SourceTable,
  wanted: readonly Refetch[],
): Promise<readonly Refetch[]> {
  if (checksum === null) return wanted;
  const keys = wanted.map(({ key }) => key);
  const lengths = await lengthsOf(connection, schema, target, keys);
  const [first] = wanted;
  if (first && (lengths[0] ?? 0) > largestRow) {
    const problem = `The row has ${lengths[0]} bytes, more than the ${largestRow} that can be replicated.`;
    await noteProblem(database, target, first, problem);
    return [];
  }
  let sum = 0;
  const tooMuch = lengths.findIndex((length) => (sum += length) > chunkBytes);
  return tooMuch === -1 ? wanted : wanted.slice(0, Math.max(tooMuch, 1));
}

async function serve(
  reader: SourceReader,
  connection: Connection,
  source: SourceTable,
  wanted: readonly Refetch[],
): Promise<number | 'altered'> {
  const { schema, target } = source;
  const version = await nextPosition(reader, source);
  const syncAt = new Date();
  const keys = wanted.map(({ key }) => key);
  const read = await readExactly(connection, source, () => readKeys(connection, schema, target, keys));
  if (read === 'altered') return read;
  const changes = keys.flatMap((key, index): Change[] => {
    const found = read === 'gone' ? null : read[index];
    const gone = { index, key: keyText(key), version, entry: null, counted: true };
    if (!found) return [gone];
    const entry = entryOf(target, found.key, version, readRow(found.row, syncAt));
    const change = { index, key: keyText(found.key), version, entry, counted: true };
    // The same key in another spelling: the row goes first, and comes with the new one.
    return change.key === gone.key ? [change] : [{ ...gone, counted: false }, change];
  });
  await inTransaction(reader.database, async (transaction) => {
    await lockTarget(transaction, target, cdc.name);
    await writeChanges(transaction, target, changes, { rewrite: false, fences: anyFences });
    await removeRefetches(transaction, target, wanted);
  }).catch((error: unknown) => {
    throw refusalOf(error, source);
  });
  return changes.filter(({ entry }) => entry !== null).length;
}
