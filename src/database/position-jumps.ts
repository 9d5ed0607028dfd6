import type { Database } from './connection.ts';

/** A place where the positions of the source's binlog do not go on as they should. */
export interface PositionJump {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the batch behind it. */
  readonly offset: number;
  /** Positions before and behind it, "file:offset". */
  readonly from: string;
  readonly to: string;
  /** When the batch behind it was committed. */
  readonly at: Date;
}

/** Files of the binlog of which no change was read. */
export interface UnreadFiles {
  readonly from: string;
  readonly to: string;
  /** When the first change behind them was applied. */
  readonly at: Date;
}

const fileNumber = (position: string): string =>
  `CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(${position}, ':', 1), '.', -1) AS UNSIGNED)`;
const offsetInFile = (position: string): string => `CAST(SUBSTRING_INDEX(${position}, ':', -1) AS UNSIGNED)`;
/** Name of the binlog, without the number of the file. */
const binlogName = (position: string): string =>
  `LEFT(${position}, CHAR_LENGTH(${position}) - CHAR_LENGTH(SUBSTRING_INDEX(${position}, '.', -1)) - 1)`;
const isBefore = (a: string, b: string): string =>
  `(${fileNumber(a)} < ${fileNumber(b)} OR (${fileNumber(a)} = ${fileNumber(b)} AND ${offsetInFile(a)} < ${offsetInFile(b)}))`;

/**
 * Where the positions of a topic go back, or on in another binlog: the source was reset, restored, or is another server.
 * A Maxwell that is started again sends some changes twice; that is none, once it has come back to where it was.
 */
export async function findPositionJumps(database: Database, pipeline: string): Promise<PositionJump[]> {
  type Row = Omit<PositionJump, 'offset'> & { offset: bigint };
  const [before, after] = ['j.`from`', 'j.`to`'];
  const rows = await database.$queryRawUnsafe<Row[]>(
    'WITH batches AS (SELECT topic, epoch, `partition`, first_offset, last_offset, first_position, last_position, committed_at, ' +
      'LAG(last_position) OVER w AS prior_position, LAG(last_offset) OVER w AS prior_offset FROM etl_batches ' +
      "WHERE pipeline = ? AND kind = 'batch' AND flag = 'live' AND first_position IS NOT NULL " +
      'WINDOW w AS (PARTITION BY topic, epoch, `partition` ORDER BY first_offset, id)), ' +
      // Ranges that were read twice overlap, and say nothing of what came after what.
      'jumps AS (SELECT topic, epoch, `partition`, first_offset, committed_at, prior_position AS `from`, first_position AS `to` ' +
      'FROM batches WHERE prior_offset < first_offset UNION ALL ' +
      'SELECT topic, epoch, `partition`, first_offset, committed_at, first_position, last_position FROM batches) ' +
      'SELECT j.topic, j.`partition`, j.first_offset AS offset, j.`from`, j.`to`, j.committed_at AS at FROM jumps j ' +
      `WHERE ${binlogName(before)} <> ${binlogName(after)} OR (${isBefore(after, before)} AND NOT EXISTS (` +
      'SELECT 1 FROM etl_batches l WHERE l.pipeline = ? AND l.topic = j.topic AND l.epoch = j.epoch ' +
      'AND l.`partition` = j.`partition` AND l.last_offset >= j.first_offset ' +
      `AND NOT ${isBefore('l.last_position', before)} AND ${binlogName('l.last_position')} = ${binlogName(before)})) ` +
      'ORDER BY j.committed_at, j.topic, j.`partition`, j.first_offset',
    pipeline,
    pipeline,
  );
  return rows.map((row) => ({ ...row, offset: Number(row.offset) }));
}

/**
 * Files of the binlog between those of which changes were read, where so much time went by that the server may have
 * purged them before they were read. A server that is started again begins a file, so that one without changes is usual.
 *
 * @param keptSeconds how long the server keeps a file
 */
export async function findUnreadFiles(
  database: Database,
  pipeline: string,
  keptSeconds: number,
): Promise<UnreadFiles[]> {
  const places = ['first_position', 'last_position'].map(
    (column) =>
      `SELECT SUBSTRING_INDEX(${column}, ':', 1) AS file, committed_at FROM etl_batches ` +
      `WHERE pipeline = ? AND kind = 'batch' AND flag = 'live' AND ${column} IS NOT NULL`,
  );
  const rows = await database.$queryRawUnsafe<(UnreadFiles & { seconds: bigint; files: bigint })[]>(
    'SELECT f.`from`, f.file AS `to`, f.begun AS at FROM (SELECT file, begun, number, LAG(file) OVER w AS `from`, ' +
      'LAG(number) OVER w AS prior, LAG(ended) OVER w AS prior_ended FROM (' +
      `SELECT file, ${fileNumber('file')} AS number, ${binlogName('file')} AS name, MIN(committed_at) AS begun, ` +
      `MAX(committed_at) AS ended FROM (${places.join(' UNION ALL ')}) places GROUP BY file) files ` +
      'WINDOW w AS (PARTITION BY name ORDER BY number)) f ' +
      'WHERE f.number > f.prior + 1 AND TIMESTAMPDIFF(SECOND, f.prior_ended, f.begun) >= ? ORDER BY f.begun',
    pipeline,
    pipeline,
    keptSeconds,
  );
  return rows.map(({ from, to, at }) => ({ from, to, at }));
}
