import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mariadb';
import { cdc } from '../pipelines/cdc/cdc.ts';
import { keyText } from '../pipelines/packed-outcome.ts';
import type { Key } from '../pipelines/pipeline.ts';
import { AlirError } from '../errors/alir-error.ts';
import type { Transaction } from '../mysql/connection.ts';
import { readDefinition } from '../mysql/schema/read-definition.ts';
import { withConnection } from '../mysql/server-connection.ts';
import { applyChunk } from './apply-chunk.ts';
import { hasMaxwellPassed, readMaxwellPositions } from './maxwell-position.ts';
import { ifVisible } from './not-visible.ts';
import { readChunk, type SourceChunk } from './read-chunk.ts';
import { rowsWithin } from './rows-of-chunk.ts';
import { askBinlogEnd } from './source-server.ts';
import {
  lookAtTable,
  nextPosition,
  readExactly,
  refusalOf,
  type SourceReader,
  type SourceTable,
} from './source-table.ts';
import type { TableName } from '../cdc/schema/table-name.ts';
import { beginLoad, finishLoad, stopLoad } from '../metadata/table-loads.ts';

export interface Load extends TableName {
  readonly load: number;
  /** Rows of a chunk at most; default 2,000. */
  readonly chunkRows?: number;
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
 * @throws AlirError LOAD_DELETES before it has removed more rows than it may; TABLE_PAUSED, MYSQL_*, KAFKA_*
 */
export function loadRows(reader: SourceReader, load: Load, signal: AbortSignal): Promise<LoadedRows> {
  return withConnection({ ...reader.source, database: load.database }, async (connection) => {
    let rows = 0;
    let chunks = 0;
    let known: SourceTable | null = null;
    while (!signal.aborted) {
      const state = await stateOf(reader, load);
      if (state === null) break;
      if (state.isPending) {
        await begin(reader, connection, load, state.waitFor, signal);
        continue;
      }
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
): Promise<{
  readonly low: Key | null;
  readonly isHeld: boolean;
  readonly isPending: boolean;
  readonly waitFor: string | null;
} | null> {
  const state = await database.etlReplicaTable.findUnique({
    where: { sourceDatabase_sourceTable: { sourceDatabase: load.database, sourceTable: load.table } },
    select: {
      loads: true,
      state: true,
      loadCursor: true,
      beganAt: true,
      waitFor: true,
      removedRows: true,
      mostRemoved: true,
    },
  });
  if (state?.loads !== load.load || ended.has(state.state)) return null;
  if (state.mostRemoved !== null && state.removedRows > state.mostRemoved) return null;
  return {
    low: state.loadCursor === null ? null : (JSON.parse(state.loadCursor) as Key),
    isHeld: state.state !== 'loading',
    isPending: state.beganAt === null,
    waitFor: state.waitFor,
  };
}

const ended: ReadonlySet<string> = new Set(['ready', 'dropped', 'stale']);

/**
 * Begins a load: what it reads covers every definition up to the position that Maxwell has passed by then. It may have
 * to wait for a later position than when it was asked for.
 */
async function begin(
  { source, database }: SourceReader,
  connection: Connection,
  load: Load,
  waitFor: string | null,
  signal: AbortSignal,
): Promise<void> {
  while (waitFor !== null && !(await hasMaxwellPassed(source, waitFor))) {
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
  const end = (): Promise<string | null> => ifVisible(askBinlogEnd(source));
  const [maxwell] = (await ifVisible(readMaxwellPositions(connection, source))) ?? [];
  const covers = waitFor ?? maxwell?.position ?? (await end());
  const definition = JSON.stringify(await readDefinition(connection, load, end));
  await beginLoad(database, { ...load, waitFor, covers, definition });
}

const lookEveryMs = 1_000;

/** @returns the number of rows; 'over' when another load has been asked for; 'altered' when nothing could be read */
async function loadChunk(
  reader: SourceReader,
  connection: Connection,
  load: Load,
  source: SourceTable,
  low: Key | null,
): Promise<number | 'over' | 'altered'> {
  const { schema, target, rowBytes } = source;
  const mostOfThese = Math.min(load.chunkRows ?? mostRows, Math.max(10, Math.floor(chunkBytes / rowBytes)));
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
    pipeline: cdc.name,
    table: target,
    chunk,
    low: isGone ? null : low,
    version,
    syncAt,
    load: load.load,
    completesLoad: chunk.isLast,
    // A table that the source has no more is emptied by its DROP TABLE.
    advance: (transaction, { removed }) => advance(transaction, load, chunk, isGone ? 0 : removed),
  }).catch(async (error: unknown) => {
    if (error instanceof TooManyRemoved) await stopLoad(reader.database, load, error.removed);
    throw refusalOf(error, source);
  });
  if (applied === null) return 'over';
  if (chunk.isLast) await finishLoad(reader.database, load, isGone ? 'dropped' : 'ready');
  return chunk.rows.length;
}

/** Nothing of the chunk has been kept. */
class TooManyRemoved extends AlirError {
  /** With those of the chunk. */
  readonly removed: number;

  constructor({ database, table }: TableName, removed: number, most: number) {
    super(
      'LOAD_DELETES',
      `${database}.${table}: the load would remove ${removed} rows or more that the source does not have, and may remove ${most}.`,
      {
        remedy: `Check which rows (alir verify --table ${table}), then run: alir replica reload ${table} --allow-deletes`,
      },
    );
    this.removed = removed;
  }
}

/**
 * Moves the load's cursor; false: this load is not the one that is wanted any more.
 *
 * @throws TooManyRemoved
 */
async function advance(
  transaction: Transaction,
  { database, table, load }: Load,
  { rows, high }: SourceChunk,
  removedNow: number,
): Promise<boolean> {
  type Counted = { removed: bigint; most: bigint | number | null };
  const [counted] = await transaction.$queryRawUnsafe<Counted[]>(
    'SELECT removed_rows AS removed, most_removed AS most FROM etl_replica_tables ' +
      'WHERE source_database = ? AND source_table = ? AND loads = ? FOR UPDATE',
    database,
    table,
    load,
  );
  if (counted === undefined) return false;
  const removed = Number(counted.removed) + removedNow;
  if (counted.most !== null && removedNow > 0 && removed > Number(counted.most))
    throw new TooManyRemoved({ database, table }, removed, Number(counted.most));
  await transaction.$executeRawUnsafe(
    'UPDATE etl_replica_tables SET load_cursor = ?, loaded_rows = loaded_rows + ?, removed_rows = ?, ' +
      'updated_at = UTC_TIMESTAMP(6) WHERE source_database = ? AND source_table = ? AND loads = ?',
    high === null ? null : keyText(high),
    rows.length,
    removed,
    database,
    table,
    load,
  );
  return true;
}
