import type { Database } from '../mysql/connection.ts';
import { readHistory } from '../metadata/history/read-history.ts';
import { readMark } from '../metadata/history/store.ts';
import type { Interval } from './intervals.ts';
import type { PlannedRange } from './types.ts';

/** A range that the audit trail knows. */
export interface AuditedRange extends Interval {
  readonly topic: string;
  readonly epoch: number;
  readonly partition: number;
}

/** Batches that hold open dead letters, or whose records were found stale; a batch of several runs comes once for each. */
export async function markedBatches(
  database: Database,
  pipeline: string,
  kind: 'failed' | 'stale',
): Promise<AuditedRange[]> {
  const condition =
    kind === 'stale'
      ? 'b.stale > 0'
      : 'b.dead_lettered > 0 AND EXISTS (SELECT 1 FROM etl_dead_letters d WHERE d.pipeline = b.pipeline ' +
        'AND d.topic = b.topic AND d.epoch = b.epoch AND d.`partition` = b.`partition` ' +
        "AND d.offset BETWEEN b.first_offset AND b.last_offset AND d.status = 'open')";
  const rows = await database.$queryRawUnsafe<RangeRow[]>(
    `${selectRange} FROM etl_batches b WHERE b.pipeline = ? AND b.kind = 'batch' AND ${condition}`,
    pipeline,
  );
  return rows.map(toRange);
}

/** A sentence for each recorded gap that touches one of the ranges. */
export async function gapSentences(
  database: Database,
  pipeline: string,
  ranges: readonly PlannedRange[],
): Promise<string[]> {
  const { partitions } = await readHistory(database, pipeline);
  return partitions
    .flatMap(({ place, lost }) => lost.map((gap) => ({ ...place, ...gap })))
    .filter((gap) => ranges.some((range) => touches(range, gap)))
    .map(({ topic, partition, first, last, why }) => {
      const reason = why ?? 'they were gone from the log before they were read';
      return `${topic}/${partition}: offsets ${first}-${last} were never processed (${reason}).`;
    });
}

/** When the oldest batches were committed of which the audit trail still has every row; null: it has all. */
export async function auditedSince(database: Database): Promise<Date | null> {
  return (await readMark(database, 'none'))?.prunedBefore ?? null;
}

/** Seconds that a number of rows takes at the pace of the last batches, one after the other; null: there are none. */
export async function secondsFor(database: Database, pipeline: string, rows: number): Promise<number | null> {
  const [last] = await database.$queryRawUnsafe<{ done: unknown; micros: unknown }[]>(
    'SELECT SUM(row_count) AS done, SUM(TIMESTAMPDIFF(MICROSECOND, started_at, committed_at)) AS micros FROM (' +
      'SELECT row_count, started_at, committed_at FROM etl_batches WHERE pipeline = ? ' +
      "AND kind = 'batch' AND row_count > 0 ORDER BY committed_at DESC LIMIT 50) newest",
    pipeline,
  );
  const done = Number(last?.done ?? 0);
  return done === 0 ? null : Math.ceil((rows * Number(last?.micros)) / done / 1_000_000);
}

/** Name of the database that the bookkeeping is in. */
export async function bookkeepingName(database: Database): Promise<string> {
  const [row] = await database.$queryRawUnsafe<{ name: string }[]>('SELECT DATABASE() AS name');
  return row?.name ?? '';
}

interface RangeRow {
  readonly topic: string;
  readonly epoch: number;
  readonly partition: number;
  readonly first: bigint;
  readonly last: bigint;
}

const selectRange =
  'SELECT b.topic, b.epoch, b.`partition` AS `partition`, b.first_offset AS first, b.last_offset AS last';

function toRange({ topic, epoch, partition, first, last }: RangeRow): AuditedRange {
  return { topic, epoch, partition, first: Number(first), last: Number(last) };
}

function touches(a: AuditedRange, b: AuditedRange): boolean {
  return (
    a.topic === b.topic &&
    a.epoch === b.epoch &&
    a.partition === b.partition &&
    a.first <= b.last &&
    b.first <= a.last
  );
}
