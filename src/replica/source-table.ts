import type { Connection } from 'mariadb';
import { cdc, topicOf } from '../pipelines/cdc/cdc.ts';
import { replicaTarget } from '../pipelines/cdc/replica-target.ts';
import type { TargetTable, Version } from '../pipelines/pipeline.ts';
import type { TableSchema } from '../cdc/schema/table-schema.ts';
import { AlirError } from '../errors/alir-error.ts';
import { RowError } from '../mysql/mysql-error.ts';
import { readChecksum } from '../mysql/schema/read-checksums.ts';
import { inTransaction } from '../mysql/transaction.ts';
import { nextInSequence } from '../metadata/targets.ts';
import { readMaxwellPositions } from './maxwell-position.ts';
import type { Reading } from './read-chunk.ts';
import type { ReplicaContext } from './replica-context.ts';
import type { ReplicaUpdater } from './replica-updater.ts';
import type { TableName } from '../cdc/schema/table-name.ts';

/** What reading from the source needs. */
export interface SourceReader extends ReplicaContext {
  readonly updater: ReplicaUpdater;
  /** End offset of a topic's one partition, and its epoch; a topic that does not exist yet: 0 and 1. */
  readonly endOf: (topic: string) => Promise<{ readonly end: number; readonly epoch: number }>;
}

/** A table of the source as it was when it was last looked at, its replica made to suit it. */
export interface SourceTable {
  readonly schema: TableSchema;
  readonly target: TargetTable;
  /** Null: the source does not have it any more. */
  readonly checksum: string | null;
  /** Bytes of a row, roughly. */
  readonly rowBytes: number;
}

/**
 * Looks at a table, its replica and its server.
 *
 * @returns null for a table that the source does not have and the replica never had
 * @throws NotVisible where it may not be seen which server Maxwell reads; AlirError TABLE_PAUSED, MYSQL_*
 */
export async function lookAtTable(
  reader: SourceReader,
  connection: Connection,
  { database, table }: TableName,
): Promise<SourceTable | null> {
  // Before the schema: what changes in between is found when the rows are read.
  const checksum = await readChecksum(connection, database, table);
  const schema = await reader.updater.update(database, table);
  if (schema === null) return null;
  // What is read from another server than Maxwell's has no place in the order of its events: that must be known.
  await readMaxwellPositions(connection, reader.source);
  const [size] = await connection.query<{ bytes: bigint | number | null }[]>(
    'SELECT AVG_ROW_LENGTH AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [database, table],
  );
  const rowBytes = Math.max(Number(size?.bytes ?? 0), 1);
  return { schema, target: replicaTarget(schema, reader.replicaDatabase), checksum, rowBytes };
}

/**
 * The position of what is read from the source next. Take it before the reading: then it beats all that the topic held
 * before, and all that was read earlier, and loses to the first event that comes after.
 */
export async function nextPosition(
  { database, endOf }: SourceReader,
  { schema, target }: SourceTable,
): Promise<Version> {
  const sequence = await inTransaction(database, (transaction) =>
    nextInSequence(transaction, target, cdc.name),
  );
  const { end, epoch } = await endOf(topicOf(schema.database, schema.table));
  return [epoch, end - 1, sequence];
}

/**
 * Reads rows of a table.
 *
 * @returns 'altered' when its columns are others than those that were seen, 'gone' when the source has it no more
 * @throws AlirError MYSQL_*
 */
export async function readExactly<T>(
  connection: Connection,
  { schema, checksum }: SourceTable,
  read: () => Promise<Reading<T>>,
): Promise<T | 'altered' | 'gone'> {
  try {
    const reading = await read();
    return reading.checksum === checksum ? reading.found : 'altered';
  } catch (error) {
    const now = await readChecksum(connection, schema.database, schema.table);
    if (now === null) return 'gone';
    if (now !== checksum) return 'altered';
    throw error;
  }
}

/**
 * What a row that the replica refuses means: what the source holds, a replica of the same types takes, so its table has
 * been changed by hand.
 */
export function refusalOf(error: unknown, { schema, target }: SourceTable): unknown {
  if (!(error instanceof RowError)) return error;
  const { database, table } = schema;
  return new AlirError('TABLE_PAUSED', `${database}.${table}: the replica refuses a row (${error.reason}).`, {
    remedy: `Give ${target.database}.${table} the column types of the source again, or drop it: Alir then creates it again.`,
  });
}
