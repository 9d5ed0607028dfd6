import { topicOf } from '../../pipelines/cdc/cdc.ts';
import { replicaTarget } from '../../pipelines/cdc/replica-target.ts';
import type { Key } from '../../pipelines/pipeline.ts';
import type { TableSchema } from '../../cdc/schema/table-schema.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { RowError } from '../mysql-error.ts';
import { readTableSchema } from '../schema/read-schema.ts';
import { withConnection } from '../server-connection.ts';
import { inTransaction } from '../transaction.ts';
import { nextInSequence } from '../turn.ts';
import { applyChunk } from './apply-chunk.ts';
import { readChunk, type SourceChunk } from './read-chunk.ts';
import type { ReplicaPlace, SourceSchemas } from './replica-tables.ts';
import { finishLoad } from './table-states.ts';

export interface ChunkLoader extends ReplicaPlace {
  readonly schemas: SourceSchemas;
  /** End offset of a topic's one partition, and its epoch; a topic that does not exist yet: 0 and 1. */
  readonly endOf: (topic: string) => Promise<{ readonly end: number; readonly epoch: number }>;
}

export interface Load {
  readonly database: string;
  readonly table: string;
  readonly load: number;
}

const pipeline = 'cdc';
const chunkBytes = 4_194_304;
const mostRows = 2_000;

/**
 * Reads the next chunk of a load from the source and applies it. Its position is taken in this order: the number of
 * the chunk, the end of the topic, then the reading. So it beats all that the topic held before the reading, and every
 * chunk that was read earlier, and loses to the first event that comes after.
 *
 * @returns null when the load is over: the whole table has been read, or another load has been asked for
 * @throws AlirError TABLE_PAUSED, MYSQL_*, KAFKA_*
 */
export async function loadChunk(loader: ChunkLoader, load: Load): Promise<{ rows: number } | null> {
  const { database, replicaDatabase } = loader;
  const state = await database.etlReplicaTable.findUnique({
    where: { sourceDatabase_sourceTable: { sourceDatabase: load.database, sourceTable: load.table } },
  });
  if (state?.loads !== load.load || state.state === 'ready' || state.state === 'dropped') return null;
  // A table that is paused throws here, and the load waits until it may go on.
  const schema = await loader.schemas.refresh(load.database, load.table);
  if (schema === null) return over(loader, load, 'dropped');
  const table = replicaTarget(schema, replicaDatabase);
  const low = state.loadCursor === null ? null : (JSON.parse(state.loadCursor) as Key);
  const sequence = await inTransaction(database, (transaction) =>
    nextInSequence(transaction, table, pipeline),
  );
  const { end, epoch } = await loader.endOf(topicOf(load.database, load.table));
  const syncAt = new Date();
  const chunk = await read(loader, schema, low);
  const isGone = chunk === null;
  const task = {
    pipeline,
    table,
    chunk: chunk ?? { rows: [], high: null },
    low: isGone ? null : low,
    version: [epoch, end - 1, sequence],
    syncAt,
    source: load,
  };
  try {
    if (!(await applyChunk(database, task))) return null;
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    // What the source holds, a replica of the same types takes; so its table has been changed by hand.
    throw new AlirError(
      'TABLE_PAUSED',
      `${load.database}.${load.table}: the replica refuses a row (${error.reason}).`,
      {
        remedy: `Give ${replicaDatabase}.${load.table} the column types of the source again, or drop it: it is made anew.`,
      },
    );
  }
  if (task.chunk.high === null) await finishLoad(database, load, isGone ? 'dropped' : 'ready');
  return { rows: task.chunk.rows.length };
}

/** The next rows; null: the source has the table no more. */
function read(loader: ChunkLoader, schema: TableSchema, low: Key | null): Promise<SourceChunk | null> {
  return withConnection({ ...loader.source, database: schema.database }, async (connection) => {
    if ((await readTableSchema(connection, schema.database, schema.table)) === null) return null;
    const [size] = await connection.query<{ bytes: bigint | number | null }[]>(
      'SELECT AVG_ROW_LENGTH AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
      [schema.database, schema.table],
    );
    const rowBytes = Math.max(Number(size?.bytes ?? 0), 1);
    const limit = Math.min(mostRows, Math.max(10, Math.floor(chunkBytes / rowBytes)));
    return readChunk(connection, schema, replicaTarget(schema, loader.replicaDatabase), low, limit);
  });
}

async function over(loader: ChunkLoader, load: Load, state: 'dropped'): Promise<null> {
  await finishLoad(loader.database, load, state);
  return null;
}
