/** The rolled-up rows: one in etl_batch_totals for each partition, and one in etl_batch_marks for all. */
import { noCounts, type BatchCounts } from '../../pipelines/counts.ts';
import type { PartitionOfPipeline } from '../batches.ts';
import type { Database, Transaction } from '../../mysql/connection.ts';
import { countColumns, countNames } from '../count-columns.ts';
import { executeLarge } from '../../mysql/large-parameters.ts';
import type { FileRun } from './binlog-files.ts';
import { emptyHistory } from './fold.ts';
import type { AuditRow, PartitionHistory } from './types.ts';

type Reader = Pick<Database | Transaction, '$queryRawUnsafe'>;

/** How far the audit trail is rolled up. */
export interface Mark {
  /** Rows up to this id are in the totals. */
  readonly rolledUpTo: number;
  /** Batches that were committed before have been deleted; null: none has. */
  readonly prunedBefore: Date | null;
  /** By pipeline. */
  readonly files: Record<string, FileRun[]>;
  /** The clock of the database, milliseconds since 1970. */
  readonly now: number;
}

const placeColumns = 'pipeline, topic, epoch, `partition`';
const markName = 'etl_batches';

/** @param lock 'own': for the rest of the transaction; null then, if somebody else has it */
export async function readMark(client: Reader, lock: 'own' | 'none'): Promise<Mark | null> {
  type Row = { upTo: bigint; prunedBefore: Date | null; files: string; now: bigint };
  const [row] = await client.$queryRawUnsafe<Row[]>(
    'SELECT rolled_up_to AS upTo, pruned_before AS prunedBefore, binlog_files AS files, ' +
      `${msOf('UTC_TIMESTAMP(6)')} AS now FROM etl_batch_marks WHERE name = ?` +
      (lock === 'own' ? ' FOR UPDATE SKIP LOCKED' : ''),
    markName,
  );
  if (row === undefined) return null;
  return {
    rolledUpTo: Number(row.upTo),
    prunedBefore: row.prunedBefore,
    files: JSON.parse(row.files) as Record<string, FileRun[]>,
    now: Number(row.now),
  };
}

/** Of a mark that the transaction has locked. */
export async function writeMark(
  transaction: Transaction,
  { rolledUpTo, prunedBefore, files }: Omit<Mark, 'now'>,
): Promise<void> {
  await executeLarge(
    transaction,
    'UPDATE etl_batch_marks SET rolled_up_to = ?, pruned_before = ' +
      `${prunedBefore === null ? 'NULL' : 'FROM_UNIXTIME(? / 1000)'}, binlog_files = ?, ` +
      'updated_at = UTC_TIMESTAMP(6) WHERE name = ?',
    rolledUpTo,
    ...(prunedBefore === null ? [] : [prunedBefore.getTime()]),
    JSON.stringify(files),
    markName,
  );
}

type TotalsRow = PartitionOfPipeline & { history: string } & Record<keyof BatchCounts | 'batches', bigint>;
type Remembered = Pick<PartitionHistory, 'live' | 'replayed' | 'lost' | 'jumps' | 'position'>;

/** The rolled-up rows of a pipeline. */
export async function readTotals(client: Reader, pipeline: string): Promise<PartitionHistory[]> {
  return (await client.$queryRawUnsafe<TotalsRow[]>(`${select} WHERE pipeline = ?`, pipeline)).map(toHistory);
}

/** The rolled-up rows of partitions, and empty ones for those that have none yet. */
export async function readTotalsOf(
  client: Reader,
  places: readonly PartitionOfPipeline[],
): Promise<PartitionHistory[]> {
  if (places.length === 0) return [];
  const rows = await client.$queryRawUnsafe<TotalsRow[]>(
    `${select} WHERE (${placeColumns}) IN (${places.map(() => '(?, ?, ?, ?)').join(', ')})`,
    ...places.flatMap(({ pipeline, topic, epoch, partition }) => [pipeline, topic, epoch, partition]),
  );
  const found = new Map(rows.map(toHistory).map((history) => [keyOf(history.place), history]));
  return places.map((place) => found.get(keyOf(place)) ?? emptyHistory(place));
}

const select =
  `SELECT ${placeColumns}, batches, history, ` +
  `${countNames.map((name) => `${countColumns[name]} AS \`${name}\``).join(', ')} FROM etl_batch_totals`;

function toHistory({ history, batches, pipeline, topic, epoch, partition, ...counts }: TotalsRow) {
  return {
    place: { pipeline, topic, epoch: Number(epoch), partition: Number(partition) },
    batches: Number(batches),
    counts: countsOf((name) => Number(counts[name])),
    ...(JSON.parse(history) as Remembered),
  };
}

/** Of partitions whose mark the transaction has locked. */
export async function writeTotals(
  transaction: Transaction,
  histories: readonly PartitionHistory[],
): Promise<void> {
  const columns = ['batches', ...countNames.map((name) => countColumns[name]), 'history'];
  for (let from = 0; from < histories.length; from += rowsOfOneStatement) {
    const some = histories.slice(from, from + rowsOfOneStatement);
    await executeLarge(
      transaction,
      `INSERT INTO etl_batch_totals (${placeColumns}, ${columns.join(', ')}, updated_at) VALUES ` +
        some.map(() => `(?, ?, ?, ?, ${columns.map(() => '?').join(', ')}, UTC_TIMESTAMP(6))`).join(', ') +
        ` ON DUPLICATE KEY UPDATE ${[...columns, 'updated_at'].map((c) => `${c} = VALUES(${c})`).join(', ')}`,
      ...some.flatMap(({ place, batches, counts, live, replayed, lost, jumps, position }) => [
        ...[place.pipeline, place.topic, place.epoch, place.partition],
        batches,
        ...countNames.map((name) => counts[name]),
        JSON.stringify({ live, replayed, lost, jumps, position } satisfies Remembered),
      ]),
    );
  }
}

const rowsOfOneStatement = 50;

/**
 * Rows of the audit trail behind an id, in the order of ids. Each comes as one text: Prisma takes a tenth of the time for
 * that that it takes for twenty columns.
 *
 * @param where a further condition, with its parameters
 */
export async function readRows(
  client: Reader,
  after: number,
  limit: number,
  where: { readonly sql: string; readonly values: readonly unknown[] } = { sql: 'TRUE', values: [] },
): Promise<AuditRow[]> {
  const rows = await client.$queryRawUnsafe<{ fields: string }[]>(
    // By the primary key: the other indexes would have all of a pipeline read to find its newest.
    `SELECT CONCAT_WS('\t', ${rowColumns}) AS fields FROM etl_batches b FORCE INDEX (PRIMARY) ` +
      `WHERE b.id > ? AND ${where.sql} ORDER BY b.id LIMIT ?`,
    after,
    ...where.values,
    limit,
  );
  return rows.map(({ fields }) => toRow(fields.split('\t')));
}

/** No name holds a tab; the note may, and comes last. CONCAT_WS leaves out what is NULL. */
const rowColumns = [
  ...['id', 'kind', 'pipeline', 'topic', 'epoch', '`partition`', 'flag', 'first_offset', 'last_offset'],
  ...countNames.map((name) => countColumns[name]),
]
  .map((column) => `b.${column}`)
  .concat(msOf('b.committed_at'))
  .concat(['first_position', 'last_position', 'note'].map((column) => `IFNULL(b.${column}, '')`))
  .join(', ');

/** Without destructuring, which would take most of the time: an old trail has millions of rows. */
function toRow(fields: readonly string[]): AuditRow {
  const rest = 9 + countNames.length;
  return {
    id: Number(fields[0]),
    kind: fields[1] === 'gap' ? 'gap' : 'batch',
    pipeline: fields[2]!,
    topic: fields[3]!,
    epoch: Number(fields[4]),
    partition: Number(fields[5]),
    flag: fields[6]!,
    first: Number(fields[7]),
    last: Number(fields[8]),
    counts: countsOf((_name, index) => Number(fields[9 + index])),
    at: Number(fields[rest]),
    from: fields[rest + 1] || null,
    to: fields[rest + 2] || null,
    note: fields.slice(rest + 3).join('\t') || null,
  };
}

/** Milliseconds since 1970 of a moment in UTC, whatever zone the session has. */
function msOf(moment: string): string {
  return `TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${moment}) DIV 1000`;
}

function countsOf(
  figure: (name: keyof BatchCounts, index: number) => number,
): Record<keyof BatchCounts, number> {
  const counts = { ...noCounts } as Record<keyof BatchCounts, number>;
  countNames.forEach((name, index) => (counts[name] = figure(name, index)));
  return counts;
}

export function keyOf({ pipeline, topic, epoch, partition }: PartitionOfPipeline): string {
  return `${pipeline}/${topic}/${epoch}/${partition}`;
}
