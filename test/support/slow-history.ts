import type { Database } from '../../src/mysql/connection.ts';

/** A copy of etl_batches that nothing prunes, and what its rows come to, each question asked over all of them. */
export const everyBatch = 'every_batch';

export async function createEveryBatch(database: Database): Promise<void> {
  await database.$executeRawUnsafe(`CREATE TABLE ${everyBatch} LIKE etl_batches`);
}

const ofPartition = 'topic, epoch, `partition`';

/** Live batches by their first run, and how many records they had. */
export async function slowSums(database: Database, pipeline: string): Promise<Record<string, number>> {
  const [row] = await database.$queryRawUnsafe<Record<string, unknown>[]>(
    `SELECT COUNT(*) AS batches, SUM(row_count) AS \`rows\`, SUM(inserted) AS inserted, SUM(stale) AS stale FROM ${everyBatch} b ` +
      `JOIN (SELECT MIN(id) AS id FROM ${everyBatch} WHERE pipeline = ? AND flag = 'live' AND kind = 'batch' ` +
      `GROUP BY ${ofPartition}, first_offset) first_run ON first_run.id = b.id`,
    pipeline,
  );
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value ?? 0)]));
}

/** Gaps as "partition kind first last time". */
export async function slowGaps(database: Database, pipeline: string): Promise<string[]> {
  type Row = { partition: number; kind: string; first: bigint; last: bigint; at: Date };
  const rows = await database.$queryRawUnsafe<Row[]>(
    `SELECT ${ofPartition}, covered + 1 AS first, first_offset - 1 AS last, 'hole' AS kind, committed_at AS at FROM (` +
      `SELECT ${ofPartition}, first_offset, committed_at, MAX(last_offset) OVER (PARTITION BY ${ofPartition} ` +
      'ORDER BY first_offset, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered ' +
      `FROM ${everyBatch} WHERE pipeline = ?) ranges WHERE covered + 1 < first_offset ` +
      `UNION ALL SELECT ${ofPartition}, first_offset, last_offset, 'lost', committed_at FROM ${everyBatch} ` +
      `WHERE pipeline = ? AND kind = 'gap' ORDER BY ${ofPartition}, first`,
    pipeline,
    pipeline,
  );
  return rows.map(({ partition, kind, first, last, at }) =>
    [partition, kind, first, last, at.toISOString()].join(' '),
  );
}

const file = (at: string) => `CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(${at}, ':', 1), '.', -1) AS UNSIGNED)`;
const inFile = (at: string) => `CAST(SUBSTRING_INDEX(${at}, ':', -1) AS UNSIGNED)`;
const isBefore = (a: string, b: string) => `(${file(a)}, ${inFile(a)}) < (${file(b)}, ${inFile(b)})`;

/** Jumps of one binlog as "partition offset from to", each once. */
export async function slowJumps(database: Database, pipeline: string): Promise<string[]> {
  type Row = { partition: number; offset: bigint; from: string; to: string };
  const rows = await database.$queryRawUnsafe<Row[]>(
    `WITH batches AS (SELECT ${ofPartition}, first_offset, first_position, last_position, ` +
      'LAG(last_position) OVER w AS prior_position, LAG(last_offset) OVER w AS prior_offset ' +
      `FROM ${everyBatch} WHERE pipeline = ? AND kind = 'batch' AND flag = 'live' AND first_position IS NOT NULL ` +
      `WINDOW w AS (PARTITION BY ${ofPartition} ORDER BY first_offset, id)), ` +
      `jumps AS (SELECT ${ofPartition}, first_offset, prior_position AS \`from\`, first_position AS \`to\` FROM batches ` +
      `WHERE prior_offset < first_offset UNION ALL SELECT ${ofPartition}, first_offset, first_position, last_position FROM batches) ` +
      'SELECT DISTINCT j.`partition`, j.first_offset AS offset, j.`from`, j.`to` FROM jumps j ' +
      `WHERE ${isBefore('j.`to`', 'j.`from`')} AND NOT EXISTS (SELECT 1 FROM ${everyBatch} l WHERE l.pipeline = ? ` +
      'AND l.topic = j.topic AND l.epoch = j.epoch AND l.`partition` = j.`partition` AND l.last_offset >= j.first_offset ' +
      `AND NOT ${isBefore('l.last_position', 'j.`from`')}) ORDER BY j.\`partition\`, offset, j.\`from\``,
    pipeline,
    pipeline,
  );
  return rows.map(({ partition, offset, from, to }) => [partition, offset, from, to].join(' '));
}

/** Files of the binlog that may have been purged unread, as "from to". */
export async function slowUnread(database: Database, pipeline: string, seconds: number): Promise<string[]> {
  const places = ['first_position', 'last_position'].map(
    (column) =>
      `SELECT SUBSTRING_INDEX(${column}, ':', 1) AS file, committed_at FROM ${everyBatch} ` +
      `WHERE pipeline = ? AND kind = 'batch' AND flag = 'live' AND ${column} IS NOT NULL`,
  );
  const rows = await database.$queryRawUnsafe<{ from: string; file: string }[]>(
    'SELECT `from`, file FROM (SELECT file, begun, number, LAG(file) OVER w AS `from`, LAG(number) OVER w AS prior, ' +
      `LAG(ended) OVER w AS prior_ended FROM (SELECT file, ${file('file')} AS number, MIN(committed_at) AS begun, ` +
      `MAX(committed_at) AS ended FROM (${places.join(' UNION ALL ')}) places GROUP BY file) files ` +
      'WINDOW w AS (ORDER BY number)) f WHERE number > prior + 1 AND TIMESTAMPDIFF(SECOND, prior_ended, begun) >= ? ' +
      'ORDER BY begun',
    pipeline,
    pipeline,
    seconds,
  );
  return rows.map(({ from, file: to }) => `${from} ${to}`);
}
