import { addCounts, noCounts, type BatchCounts } from '../pipelines/counts.ts';
import type { Flag, RecordRange } from '../pipelines/range.ts';
import type { Database, Transaction } from '../mysql/connection.ts';
import { isUnclosed } from './dead-letters/states.ts';
import { countColumns, countNames } from './count-columns.ts';
import { readHistory, type History } from './history/read-history.ts';
import { spanFrom } from './history/spans.ts';
import { readTotalsOf } from './history/store.ts';
import { endedBy } from './table-pauses.ts';

/** A partition of a topic as one pipeline reads it. */
export interface PartitionOfPipeline {
  readonly pipeline: string;
  readonly topic: string;
  readonly epoch: number;
  readonly partition: number;
}

/** What identifies and describes a batch in the audit trail. */
export interface AuditedBatch {
  readonly pipeline: string;
  readonly range: RecordRange & { readonly epoch: number };
  readonly run: string;
  readonly workflowId: string;
  readonly flag: Flag;
  /** Where in the source's binlog its first and last change are, where they tell. */
  readonly positions?: { readonly first: string; readonly last: string } | null;
}

/**
 * Writes the audit row of a batch.
 *
 * @param elapsedMs how long the attempt has taken so far: both times are the database's own, which has one clock
 */
export async function insertBatch(
  transaction: Transaction,
  batch: AuditedBatch,
  counts: BatchCounts,
  bytes: number,
  elapsedMs: number,
): Promise<void> {
  const { range } = batch;
  await transaction.$executeRawUnsafe(
    'INSERT INTO etl_batches (kind, pipeline, topic, topic_id, epoch, `partition`, first_offset, last_offset, run, ' +
      `workflow_id, flag, ${countNames.map((name) => countColumns[name]).join(', ')}, byte_count, ` +
      'first_position, last_position, started_at, committed_at) ' +
      `VALUES ('batch', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${countNames.map(() => '?').join(', ')}, ?, ?, ?, ` +
      'TIMESTAMPADD(MICROSECOND, -?, UTC_TIMESTAMP(6)), UTC_TIMESTAMP(6))',
    batch.pipeline,
    range.topic,
    range.topicId,
    range.epoch,
    range.partition,
    range.first,
    range.last,
    batch.run,
    batch.workflowId,
    batch.flag,
    ...countNames.map((name) => counts[name]),
    bytes,
    batch.positions?.first ?? null,
    batch.positions?.last ?? null,
    Math.round(elapsedMs * 1000),
  );
}

/** Which kinds of fences a table has: of single deleted keys, and of ranges that were read from the source. */
export interface FenceKinds {
  readonly key: boolean;
  readonly range: boolean;
}

/**
 * Who owns the batch's table, which kinds of fences it has, whether the batch ends a pause of the table, whether letters
 * of its range are open, and the counts of this very run if an earlier attempt of it had committed: read under the
 * target's lock, and in one question, since every live batch waits for the answer.
 */
export async function readUnderLock(
  transaction: Transaction,
  table: string,
  batch: AuditedBatch,
): Promise<{
  owner: string;
  fences: FenceKinds;
  endsPause: boolean;
  /** Whether its range has letters that are not closed. */
  hasLetters: boolean;
  own: BatchCounts | null;
}> {
  type Truth = bigint | number;
  type Row = {
    owner: string;
    key_fences: Truth;
    range_fences: Truth;
    ends_pause: Truth | null;
    has_letters: Truth | null;
    id: bigint | null;
  } & Record<keyof BatchCounts, number | null>;
  const ending = endedBy(batch);
  const { topic, epoch, partition, first, last } = batch.range;
  const place = [batch.pipeline, topic, epoch, partition] as const;
  const has = (kind: keyof FenceKinds): string =>
    `EXISTS (SELECT 1 FROM etl_fences f WHERE f.target_table = t.target_table AND f.kind = '${kind}') AS ${kind}_fences`;
  const [row] = await transaction.$queryRawUnsafe<Row[]>(
    `SELECT t.pipeline AS owner, ${has('key')}, ${has('range')}, r.held_by_batch AS ends_pause, ` +
      `EXISTS (SELECT 1 FROM etl_dead_letters d WHERE d.pipeline = ? AND d.topic = ? AND d.epoch = ? ` +
      `AND d.\`partition\` = ? AND d.\`offset\` BETWEEN ? AND ? AND d.${isUnclosed}) AS has_letters, ` +
      `b.id, ${selectCounts('b')} FROM etl_targets t LEFT JOIN etl_batches b ON b.pipeline = ? ` +
      'AND b.topic = ? AND b.epoch = ? AND b.`partition` = ? AND b.first_offset = ? AND b.run = ? ' +
      `LEFT JOIN etl_replica_tables r ON ${ending.sql} WHERE t.target_table = ?`,
    ...place,
    first,
    last,
    ...place,
    first,
    batch.run,
    ...ending.values,
    table,
  );
  return {
    owner: row?.owner ?? batch.pipeline,
    endsPause: Number(row?.ends_pause ?? 0) !== 0,
    hasLetters: Number(row?.has_letters ?? 1) !== 0,
    fences: { key: Number(row?.key_fences ?? 1) !== 0, range: Number(row?.range_fences ?? 1) !== 0 },
    own: row?.id == null ? null : toCounts(row),
  };
}

/**
 * The last offset of an earlier live batch that began at `first`, or null: what Temporal has forgotten, this remembers.
 * A replay cuts its pages elsewhere.
 */
export async function findBatchEnd(
  database: Database,
  place: PartitionOfPipeline,
  first: number,
): Promise<number | null> {
  const row = await database.etlBatch.findFirst({
    where: { ...place, ...live, firstOffset: first },
    orderBy: { id: 'desc' },
    select: { lastOffset: true },
  });
  return row === null ? null : Number(row.lastOffset);
}

/**
 * The last offset, from `first` on, before a place where live batches are known to begin or end; null: there is none.
 * A batch that begins where none is known to begin (it was pruned, or offsets were reset into its middle) ends there at
 * the latest: what comes behind it is then cut as it was, and nothing is counted twice.
 */
export async function findBoundary(
  database: Database,
  place: PartitionOfPipeline,
  first: number,
): Promise<number | null> {
  const [next, around, [totals]] = await Promise.all([
    database.etlBatch.findFirst({
      where: { ...place, ...live, firstOffset: { gt: first } },
      orderBy: { firstOffset: 'asc' },
      select: { firstOffset: true },
    }),
    database.etlBatch.findFirst({
      where: { ...place, ...live, lastOffset: { gte: first } },
      orderBy: { lastOffset: 'asc' },
      select: { lastOffset: true },
    }),
    readTotalsOf(database, [place]),
  ]);
  const span = spanFrom(totals?.live ?? [], first);
  const ends = [
    ...(next === null ? [] : [Number(next.firstOffset) - 1]),
    ...(around === null ? [] : [Number(around.lastOffset)]),
    ...(span === undefined ? [] : [span.first > first ? span.first - 1 : span.last]),
  ];
  return ends.length === 0 ? null : Math.min(...ends);
}

const live = { kind: 'batch', flag: 'live' } as const;

/** The greatest offset of a partition that the audit trail accounts for (batches and gaps), or null. */
export async function newestAuditedOffset(
  database: Database,
  place: PartitionOfPipeline,
): Promise<number | null> {
  const row = await database.etlBatch.findFirst({
    where: { ...place },
    orderBy: { lastOffset: 'desc' },
    select: { lastOffset: true },
  });
  return row === null ? null : Number(row.lastOffset);
}

/** A stretch of offsets that nobody will read any more, and why. */
export type GapToRecord = RecordRange & { readonly epoch: number; readonly why?: string };

/** Records a hole in the audit trail: offsets that were gone from the log before they were read. Twice is once. */
export async function recordGap(database: Database, pipeline: string, gap: GapToRecord): Promise<void> {
  await database.$executeRawUnsafe(
    'INSERT INTO etl_batches (kind, pipeline, topic, topic_id, epoch, `partition`, first_offset, last_offset, run, ' +
      "workflow_id, flag, note, started_at, committed_at) VALUES ('gap', ?, ?, ?, ?, ?, ?, ?, ?, '', 'live', ?, " +
      'UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE kind = etl_batches.kind',
    pipeline,
    gap.topic,
    gap.topicId,
    gap.epoch,
    gap.partition,
    gap.first,
    gap.last,
    // In place of a run: two gaps may begin at the same offset and end apart.
    `gap to ${gap.last}`,
    gap.why?.slice(0, 255) ?? null,
  );
}

export interface BatchSums {
  readonly counts: BatchCounts;
  /** Ranges, each counted by its first completed run. */
  readonly batches: number;
  /** Recorded holes in the log. */
  readonly gaps: number;
}

/**
 * Sums the live batches of a pipeline. A range that was run more than once counts by its first completed run: the later
 * ones found everything applied.
 *
 * @param since only ranges whose first run was committed at or after this moment, which the audit trail must still hold
 */
export async function sumCounts(database: Database, pipeline: string, since?: Date): Promise<BatchSums> {
  return since === undefined
    ? sumsOf(await readHistory(database, pipeline))
    : sumSince(database, pipeline, since);
}

/** The same of a history at hand. */
export function sumsOf({ partitions }: History): BatchSums {
  return {
    counts: partitions.reduce<BatchCounts>((sum, { counts }) => addCounts(sum, counts), noCounts),
    batches: partitions.reduce((sum, { batches }) => sum + batches, 0),
    gaps: partitions.reduce((sum, { lost }) => sum + lost.length, 0),
  };
}

async function sumSince(database: Database, pipeline: string, since: Date): Promise<BatchSums> {
  type Row = { kind: string; batches: bigint } & Record<keyof BatchCounts, unknown>;
  const rows = await database.$queryRawUnsafe<Row[]>(
    `SELECT b.kind, COUNT(*) AS batches, ${sums} FROM etl_batches b WHERE b.pipeline = ? AND b.flag = 'live' ` +
      'AND b.committed_at >= ? AND NOT EXISTS (SELECT 1 FROM etl_batches e WHERE e.pipeline = b.pipeline ' +
      'AND e.topic = b.topic AND e.epoch = b.epoch AND e.`partition` = b.`partition` ' +
      "AND e.first_offset = b.first_offset AND e.kind = 'batch' AND e.flag = 'live' AND e.id < b.id " +
      "AND b.kind = 'batch') GROUP BY b.kind",
    pipeline,
    since,
  );
  const batch = rows.find((row) => row.kind === 'batch');
  const gap = rows.find((row) => row.kind === 'gap');
  return {
    counts: toCounts(batch ?? {}),
    batches: Number(batch?.batches ?? 0),
    gaps: Number(gap?.batches ?? 0),
  };
}

/** Sums the live batches that hold any of the offsets from `first` up to `end` of a partition, each by its first run. */
export async function sumBetween(
  database: Database,
  place: PartitionOfPipeline,
  first: number,
  end: number,
): Promise<BatchCounts> {
  const [row] = await database.$queryRawUnsafe<Record<keyof BatchCounts, unknown>[]>(
    `SELECT ${sums} FROM etl_batches b JOIN (` +
      'SELECT MIN(id) AS id FROM etl_batches WHERE pipeline = ? AND topic = ? AND epoch = ? AND `partition` = ? ' +
      "AND kind = 'batch' AND flag = 'live' AND last_offset >= ? AND first_offset < ? GROUP BY first_offset" +
      ') first_run ON first_run.id = b.id',
    place.pipeline,
    place.topic,
    place.epoch,
    place.partition,
    first,
    end,
  );
  return toCounts(row ?? {});
}

const sums = countNames.map((name) => `SUM(b.${countColumns[name]}) AS \`${name}\``).join(', ');

function selectCounts(alias: string): string {
  return countNames.map((name) => `${alias}.${countColumns[name]} AS \`${name}\``).join(', ');
}

function toCounts(row: Partial<Record<keyof BatchCounts, unknown>>): BatchCounts {
  return Object.fromEntries(
    countNames.map((name) => [name, Number(row[name] ?? 0)]),
  ) as unknown as BatchCounts;
}
