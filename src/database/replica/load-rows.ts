import type { Connection } from 'mariadb';
import { keyText } from '../../pipelines/packed-outcome.ts';
import type { Key } from '../../pipelines/pipeline.ts';
import type { Transaction } from '../connection.ts';
import { withConnection } from '../server-connection.ts';
import { applyChunk } from './apply-chunk.ts';
import { readChunk, type SourceChunk } from './read-chunk.ts';
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
export const mostRows = 2_000;

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
  const keys = { low, high: null };
  const read = await readExactly(connection, source, async () => {
    const bounds = { bytes: chunkBytes, rows: mostOfThese };
    const limit = await rowsWithin(connection, schema, target, keys, bounds);
    return readChunk(connection, schema, target, keys, limit);
  });
  if (read === 'altered') return read;
  const isGone = read === 'gone';
  const chunk = isGone ? { rows: [], high: null, isLast: true } : read;
  const applied = await applyChunk(reader.database, {
    pipeline,
    table: target,
    chunk,
    low: isGone ? null : low,
    version,
    syncAt,
    load: load.load,
    completesLoad: chunk.isLast,
    advance: (transaction) => advance(transaction, load, chunk),
  }).catch((error: unknown) => {
    throw refusalOf(error, source);
  });
  if (applied === null) return 'over';
  if (chunk.isLast) await finishLoad(reader.database, load, isGone ? 'dropped' : 'ready');
  return chunk.rows.length;
}

/** Moves the load's cursor; false: this load is not the one that is wanted any more. */
async function advance(
  transaction: Transaction,
  { database, table, load }: Load,
  { rows, high }: SourceChunk,
): Promise<boolean> {
  const changed = await transaction.$executeRawUnsafe(
    'UPDATE etl_replica_tables SET load_cursor = ?, loaded_rows = loaded_rows + ?, updated_at = UTC_TIMESTAMP(6) ' +
      'WHERE source_database = ? AND source_table = ? AND loads = ?',
    high === null ? null : keyText(high),
    rows.length,
    database,
    table,
    load,
  );
  return changed === 1;
}
