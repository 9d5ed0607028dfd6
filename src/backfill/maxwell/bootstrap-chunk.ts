import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mariadb';
import { bootstrapClause } from '../../cdc/bootstrap/where-clause.ts';
import type { TableSchema } from '../../cdc/schema/table-schema.ts';
import type { MysqlAddress } from '../../config/load-config.ts';
import { AlirError } from '../../errors/alir-error.ts';
import { cdc, topicOf } from '../../pipelines/cdc/cdc.ts';
import { replicaTarget } from '../../pipelines/cdc/replica-target.ts';
import { addCounts, noCounts, type BatchCounts } from '../../pipelines/counts.ts';
import { findBackfill, type PlannedKeys } from '../../metadata/backfills.ts';
import { sumBetween } from '../../metadata/batches.ts';
import type { Database } from '../../mysql/connection.ts';
import { createEpochStore } from '../../metadata/epochs.ts';
import { withConnection } from '../../mysql/server-connection.ts';
import { readSourceSchema, replicaKeyBeside } from '../../mysql/schema/source-schema.ts';
import { nthKey } from '../../verify/compared-table.ts';
import { readAskedChunk, writeAskedChunk, type AskedChunk, type ChunkPlace } from './asked-chunk.ts';
import { BootstrapTable } from './bootstrap-table.ts';
import type { BootstrapTopic } from './bootstrap-topic.ts';
import { checkClause, mayRead } from './clause-check.ts';
import {
  followBootstrap,
  patienceOf,
  untilApplied,
  usualPatience,
  type Patience,
} from './follow-bootstrap.ts';
import { keepToRate } from '../../replica/keep-to-rate.ts';

/** What asking Maxwell for rows needs. */
export interface Bootstrapper {
  readonly source: MysqlAddress;
  readonly database: Database;
  readonly replicaDatabase: string;
  /** Watches the topic of a table from offsets on; null: from its end. */
  readonly topic: (table: ChunkPlace, from: readonly number[] | null) => BootstrapTopic;
  /** Default: a minute for Maxwell, five for who applies the rows. */
  readonly patience?: Patience;
}

export interface ChunkTask extends ChunkPlace {
  /** Number of the chunk in its table: one that is over is not done again. */
  readonly chunk: number;
  readonly maxRowsPerSecond: number | null;
}

export interface ChunkResult {
  readonly counts: BatchCounts;
  readonly isDone: boolean;
}

/** Tells that the work is to end, and whether what was begun is to be taken back. */
export interface Stop {
  readonly signal: AbortSignal;
  readonly isForGood: () => boolean;
}

/** Maxwell holds the stream of changes while it reads a chunk: seconds, not minutes. */
const mostRows = 10_000;

/**
 * Has Maxwell send the next rows of a table, and waits until they are applied. May be tried again at any time: how a
 * chunk stands is in etl_backfill_sources, and there is never a second bootstrap of it.
 *
 * @throws AlirError BOOTSTRAP_FAILED, MAXWELL_UNAVAILABLE, MYSQL_*, KAFKA_*; the signal's reason
 */
export async function bootstrapChunk(
  place: Bootstrapper,
  task: ChunkTask,
  { signal, isForGood }: Stop,
): Promise<ChunkResult> {
  const { database, patience = usualPatience } = place;
  const began = Date.now();
  return withConnection({ ...place.source, database: '' }, async (connection) => {
    const requests = await BootstrapTable.open(connection, place.source);
    const schema = await schemaOf(place, connection, task);
    let asked = await readAskedChunk(database, task);
    if (asked === null || asked.number < task.chunk) {
      asked = await nextChunk(place, connection, schema, task, asked);
      await writeAskedChunk(database, task, asked);
    }
    if (asked.counts !== null) return { counts: asked.counts, isDone: asked.isLast };

    const name = `${task.database}.${task.table}`;
    const topic = place.topic(task, asked.from);
    const id = asked.bootstrap ?? (await askFor(connection, requests, schema, task, asked, patience, signal));
    asked = { ...asked, bootstrap: id };
    await writeAskedChunk(database, task, asked);
    try {
      await followBootstrap({ id, name, requests, topic }, patience, signal);
    } catch (error) {
      if (isForGood()) await requests.remove(id);
      throw error;
    }
    const ends = await untilApplied({ name, topic }, patience, signal);
    const counts = await countsOf(database, task, asked.from, ends);
    await writeAskedChunk(database, task, { ...asked, counts });
    await keepToRate(counts.rows, began, task.maxRowsPerSecond, signal);
    return { counts, isDone: asked.isLast };
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}

/** Where Alir may not look into the table, everything is one chunk. */
async function nextChunk(
  { database, replicaDatabase, topic }: Bootstrapper,
  connection: Connection,
  schema: TableSchema,
  task: ChunkTask,
  before: AskedChunk | null,
): Promise<AskedChunk> {
  const backfill = await findBackfill<PlannedKeys>(database, task.backfillId);
  const planned = backfill?.plan.selector.keys ?? { low: null, high: null };
  const low = before === null ? planned.low : before.high;
  const side = {
    connection,
    database: schema.database,
    schema,
    target: replicaTarget(schema, replicaDatabase),
  };
  const rows = Math.min(mostRows, task.maxRowsPerSecond ?? mostRows);
  const end = (await mayRead(connection, schema))
    ? await nthKey(side, { low, high: planned.high }, rows)
    : null;
  return {
    number: task.chunk,
    low,
    high: end ?? planned.high,
    isLast: end === null,
    from: await topic(task, null).ends(),
    bootstrap: null,
    counts: null,
  };
}

async function askFor(
  connection: Connection,
  requests: BootstrapTable,
  schema: TableSchema,
  { backfillId }: ChunkTask,
  { number, low, high }: AskedChunk,
  { maxwell }: Patience,
  signal: AbortSignal,
): Promise<number> {
  const { database, table } = schema;
  const clause = bootstrapClause(schema, { low, high, includesLow: number === 0 }, backfillId);
  // Perhaps it was asked for, and whoever did died before writing it down.
  const former = await requests.idOf({ database, table, clause });
  if (former !== null) return former;
  await checkClause(connection, schema, clause);
  // Nothing in the messages of Maxwell 1.22 tells two bootstraps of a table apart.
  const isPatient = patienceOf(maxwell);
  while (await requests.isBusyWith({ database, table })) {
    signal.throwIfAborted();
    if (!isPatient(await requests.movement()))
      throw new AlirError(
        'MAXWELL_UNAVAILABLE',
        `Another bootstrap of ${database}.${table} is in Maxwell's table and makes no progress: Maxwell is not ` +
          'running, or you have to delete its row.',
      );
    await delay(500, undefined, { signal }).catch(() => undefined);
  }
  return requests.ask({ database, table, clause, comment: backfillId });
}

async function schemaOf(
  place: Bootstrapper,
  connection: Connection,
  { database, table }: ChunkTask,
): Promise<TableSchema> {
  const former = replicaKeyBeside(place.database, place.replicaDatabase);
  const schema = await readSourceSchema(connection, database, table, former);
  if (schema !== null && schema.key.length > 0) return schema;
  // Of a table that is not there Maxwell says that its bootstrap is complete.
  throw new AlirError('BOOTSTRAP_FAILED', `${database}.${table} is no longer in the source, or has no key.`, {
    remedy: 'See alir status.',
  });
}

/** What the audit trail says of the batches that the rows were in. Live changes among them are counted too. */
async function countsOf(
  database: Database,
  task: ChunkTask,
  from: readonly number[],
  ends: readonly number[],
): Promise<BatchCounts> {
  const topic = topicOf(task.database, task.table);
  const epoch = (await createEpochStore(database).current(topic))?.epoch ?? 1;
  let counts = noCounts;
  for (const [partition, end] of ends.entries()) {
    const place = { pipeline: cdc.name, topic, epoch, partition };
    counts = addCounts(counts, await sumBetween(database, place, from[partition] ?? 0, end));
  }
  return counts;
}
