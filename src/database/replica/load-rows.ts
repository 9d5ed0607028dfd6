import type { Connection } from 'mariadb';
import type { Key } from '../../pipelines/pipeline.ts';
import { withConnection } from '../server-connection.ts';
import { applyChunk } from './apply-chunk.ts';
import { readChunk } from './read-chunk.ts';
import { rowsWithin } from './rows-of-chunk.ts';
import {
  lookAtTable,
  nextPosition,
  pipeline,
  readExactly,
  refusalOf,
  type SourceReader,
  type SourceTable,
  type TableName,
} from './source-table.ts';
import { finishLoad } from './table-states.ts';

export interface Load extends TableName {
  readonly load: number;
}

export interface LoadedRows {
  readonly rows: number;
  readonly chunks: number;
}

export const chunkBytes = 4_194_304;
const mostRows = 2_000;

/**
 * Reads a table from where its load stands to its end, chunk by chunk. It ends early when another load has been asked
 * for, or when it is aborted.
 *
 * @throws AlirError TABLE_PAUSED, MYSQL_*, KAFKA_*
 */
export function loadRows(reader: SourceReader, load: Load, signal: AbortSignal): Promise<LoadedRows> {
  return withConnection({ ...reader.source, database: load.database }, async (connection) => {
    let rows = 0;
    let chunks = 0;
    let known: SourceTable | null = null;
    while (!signal.aborted) {
      const state = await stateOf(reader, load);
      if (state === null) break;
      if (known === null || state.isHeld) known = await lookAtTable(reader, connection, load);
      if (known === null) {
        await finishLoad(reader.database, load, 'dropped');
        break;
      }
      const loaded = await loadChunk(reader, connection, load, known, state.low);
      if (loaded === 'over') break;
      if (loaded === 'altered') {
        known = null;
        continue;
      }
      rows += loaded;
      chunks += 1;
    }
    return { rows, chunks };
  });
}

/** Where a load stands, and whether its table may not go on; null: it is over, or another has been asked for. */
async function stateOf(
  { database }: SourceReader,
  load: Load,
): Promise<{ readonly low: Key | null; readonly isHeld: boolean } | null> {
  const state = await database.etlReplicaTable.findUnique({
    where: { sourceDatabase_sourceTable: { sourceDatabase: load.database, sourceTable: load.table } },
    select: { loads: true, state: true, loadCursor: true },
  });
  if (state?.loads !== load.load || state.state === 'ready' || state.state === 'dropped') return null;
  return {
    low: state.loadCursor === null ? null : (JSON.parse(state.loadCursor) as Key),
    isHeld: state.state !== 'loading',
  };
}

/** @returns the number of rows; 'over' when another load has been asked for; 'altered' when nothing could be read */
async function loadChunk(
  reader: SourceReader,
  connection: Connection,
  load: Load,
  source: SourceTable,
  low: Key | null,
): Promise<number | 'over' | 'altered'> {
  const { schema, target, rowBytes } = source;
  const mostOfThese = Math.min(mostRows, Math.max(10, Math.floor(chunkBytes / rowBytes)));
  const version = await nextPosition(reader, source);
  const syncAt = new Date();
  const read = await readExactly(connection, source, async () => {
    const bounds = { bytes: chunkBytes, rows: mostOfThese };
    return readChunk(
      connection,
      schema,
      target,
      low,
      await rowsWithin(connection, schema, target, low, bounds),
    );
  });
  if (read === 'altered') return read;
  const isGone = read === 'gone';
  const chunk = isGone ? { rows: [], high: null } : read;
  const task = { pipeline, table: target, chunk, low: isGone ? null : low, version, syncAt, source: load };
  const isApplied = await applyChunk(reader.database, task).catch((error: unknown) => {
    throw refusalOf(error, source);
  });
  if (!isApplied) return 'over';
  if (chunk.high === null) await finishLoad(reader.database, load, isGone ? 'dropped' : 'ready');
  return chunk.rows.length;
}
