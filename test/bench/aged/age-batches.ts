import type { Connection } from 'mariadb';
import { quoteName } from '../../../src/cdc/schema/quote.ts';
import { offsetsOfBatch, secondsOfYear, type History } from './history.ts';

/** Rows of one statement, about. */
const rowsOfStatement = 200_000;

/**
 * Fills etl_batches with the batches of a year, in the order of time. Batch number b of a partition holds the offsets
 * from b × 5; one of so many has a dead letter, its first record.
 *
 * @param ids the topics' ids by name
 */
export async function ageBatches(
  connection: Connection,
  history: History,
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  const { rounds, ofRound } = history;
  await makeSlots(connection, history, ids);
  // They are made afterwards, sorted: row by row they would be read and written again and again.
  const indexes = await indexesOf(connection, 'etl_batches');
  const drops = indexes.map(({ name }) => `DROP INDEX ${quoteName(name)}`);
  await connection.query(`ALTER TABLE etl_batches ${drops.join(', ')}`);
  const step = Math.max(1, Math.floor(rowsOfStatement / ofRound));
  for (let first = 0; first < rounds; first += step)
    await connection.query(insertRounds, [
      offsetsOfBatch,
      secondsOfYear,
      history.batchesOfLetter,
      rounds,
      first,
      Math.min(step, rounds - first),
    ]);
  await connection.query(`ALTER TABLE etl_batches ${indexes.map(({ sql }) => `ADD ${sql}`).join(', ')}`);
  await connection.query('DROP TABLE bench_slots, bench_rounds');
  await connection.query('ANALYZE TABLE etl_batches');
}

/** The indexes of a table but its primary key, as CREATE TABLE has them. */
export async function indexesOf(
  connection: Connection,
  table: string,
): Promise<{ name: string; sql: string }[]> {
  const [row] = await connection.query<{ 'Create Table': string }[]>(`SHOW CREATE TABLE ${table}`);
  return (row?.['Create Table'] ?? '').split('\n').flatMap((line) => {
    const [, sql, name] = /^ {2}((?:UNIQUE )?KEY `([^`]+)` .*?),?$/.exec(line) ?? [];
    return sql === undefined || name === undefined ? [] : [{ name, sql }];
  });
}

/** The batches of a round, one row for each, and the numbers that rounds have in a statement. */
async function makeSlots(
  connection: Connection,
  { streams, ofRound }: History,
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  await connection.query(
    'CREATE TABLE bench_slots (slot INT PRIMARY KEY, pipeline VARCHAR(64), topic VARCHAR(249), topic_id VARCHAR(64), ' +
      '`partition` INT, share INT, number INT)',
  );
  const slots = streams.flatMap(({ pipeline, topic, partition, share }) =>
    Array.from({ length: share }, (_, number) => [pipeline, topic, ids.get(topic), partition, share, number]),
  );
  // Scattered, so that the partitions take turns: by steps that share no factor with the number of slots.
  const stride = [7919, 104_729, 15_485_863].find((prime) => ofRound % prime !== 0)!;
  await connection.batch(
    'INSERT INTO bench_slots VALUES (?, ?, ?, ?, ?, ?, ?)',
    slots.map((slot, index) => [(index * stride) % ofRound, ...slot]),
  );
  await connection.query('CREATE TABLE bench_rounds (n INT PRIMARY KEY)');
  const most = Math.max(1, Math.floor(rowsOfStatement / ofRound));
  await connection.batch(
    'INSERT INTO bench_rounds VALUES (?)',
    Array.from({ length: most }, (_, n) => [n]),
  );
}

const moment =
  'TIMESTAMPADD(MICROSECOND, ROUND((r.n + r.first + s.slot / r.slots - r.rounds) / r.rounds * r.seconds * 1e6), ' +
  'UTC_TIMESTAMP(6))';
const dead = 'IF(((r.n + r.first) * r.slots + s.slot) % r.every = 0, 1, 0)';
const number = '(r.n + r.first) * s.share + s.number';
const position = `CONCAT('binlog.', LPAD(1 + FLOOR((r.n + r.first) / 1000), 6, '0'), ':', ((r.n + r.first) % 1000) * 100000 + s.slot * 10`;

const insertRounds =
  'INSERT INTO etl_batches (kind, pipeline, topic, topic_id, epoch, `partition`, first_offset, last_offset, run, ' +
  'workflow_id, flag, row_count, inserted, dead_lettered, byte_count, first_position, last_position, started_at, committed_at) ' +
  `SELECT 'batch', s.pipeline, s.topic, s.topic_id, 1, s.\`partition\`, (${number}) * r.size, (${number}) * r.size + r.size - 1, ` +
  "UUID(), CONCAT(s.pipeline, '/', s.topic, '/1/', s.`partition`, '/', r.n + r.first), 'live', " +
  `r.size, r.size - ${dead}, ${dead}, 1500, ` +
  `IF(s.pipeline = 'cdc', ${position}), NULL), IF(s.pipeline = 'cdc', ${position} + 5), NULL), ${moment}, ${moment} ` +
  'FROM (SELECT n.n, q.* FROM bench_rounds n JOIN (SELECT ? AS size, ? AS seconds, ? AS every, ? AS rounds, ? AS first, ? AS wanted, ' +
  '(SELECT COUNT(*) FROM bench_slots) AS slots) q WHERE n.n < q.wanted) r JOIN bench_slots s ORDER BY r.n, s.slot';
