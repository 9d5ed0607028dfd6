import type { Connection } from 'mariadb';
import { topicOf } from '../../../src/pipelines/cdc/cdc.ts';
import type { History } from './history.ts';

/** Whole numbers from 0 below the greatest that is asked for. */
const numbers = 'bench_numbers';

async function makeNumbers(connection: Connection, most: number): Promise<void> {
  await connection.query(`CREATE TABLE ${numbers} (n INT PRIMARY KEY)`);
  await connection.query(`INSERT INTO ${numbers} VALUES (0)`);
  for (let count = 1; count < most; count *= 2)
    await connection.query(`INSERT INTO ${numbers} SELECT n + ? FROM ${numbers}`, [count]);
}

/** A moment of the year, the share of it that has gone by: 0 to 1. */
const yearAt = (share: string): string =>
  `TIMESTAMPADD(SECOND, -ROUND(31536000 * (1 - (${share}))), UTC_TIMESTAMP(6))`;

/** Fills the tables of the bookkeeping beside etl_batches, which is filled, with what a year leaves in them. */
export async function ageBookkeeping(
  connection: Connection,
  history: History,
  replica: string,
  say: (line: string) => void,
): Promise<void> {
  await makeNumbers(connection, Math.max(1000, history.sizes.fences));
  for (const [name, age] of Object.entries({
    etl_dead_letters: ageLetters,
    etl_fences: ageFences,
    etl_backfills: ageBackfills,
    etl_verifications: ageVerifications,
    etl_refetches: ageRefetches,
    etl_replica_tables: ageDropped,
    etl_topic_epochs: ageEpochs,
  })) {
    const began = Date.now();
    await age(connection, history, replica);
    await connection.query(`ANALYZE TABLE ${name}`);
    say(`${name}: ${Math.round((Date.now() - began) / 100) / 10} s`);
  }
  await connection.query(`DROP TABLE ${numbers}`);
}

async function ageLetters(connection: Connection, { sizes }: History): Promise<void> {
  // The newest are open. Those that were closed were so within a month.
  await connection.query('SET @n = 0');
  await connection.query(
    'INSERT INTO etl_dead_letters (pipeline, topic, epoch, `partition`, `offset`, code, reason, status, key_bytes, ' +
      'value_bytes, header_bytes, record_ms, run, created_at, updated_at) SELECT pipeline, topic, epoch, `partition`, ' +
      "first_offset, ELT(1 + id % 4, 'RECORD_NOT_JSON', 'RECORD_NOT_UTF8', 'ROW_REJECTED', 'RECORD_DUPLICATE_KEY'), " +
      "'Field total: \"twelve\" is not a number.', IF((@n := @n + 1) > ?, 'open', 'loaded'), CAST(id AS CHAR), " +
      'CONCAT(\'{"id": \', id, \', "total": "twelve", "note": "\', REPEAT(\'x\', 150), \'"}\'), \'[]\', ' +
      'UNIX_TIMESTAMP(committed_at) * 1000, run, committed_at, committed_at FROM etl_batches ' +
      'WHERE dead_lettered > 0 ORDER BY id LIMIT ?',
    [sizes.letters - sizes.openLetters, sizes.letters],
  );
}

/** A half of deleted orders, which are never pruned, the other of the tables. */
async function ageFences(connection: Connection, { sizes, tables }: History, replica: string): Promise<void> {
  const half = Math.ceil(sizes.fences / 2);
  const ofTable = Math.ceil(half / tables.length);
  for (const [target, count] of [
    ['orders', half] as const,
    ...tables.map((table) => [`${replica}.${table}`, ofTable] as const),
  ])
    await connection.query(
      'INSERT INTO etl_fences (target_table, key_hash, key_text, v1, v2, created_at) ' +
        `SELECT ?, UNHEX(MD5(CONCAT(?, n))) AS hash, CONCAT('["', n, '"]'), 1, n, ${yearAt('n / ?')} ` +
        `FROM ${numbers} WHERE n < ? ORDER BY hash`,
      [target, target, count, count],
    );
}

/** A half from Kafka, of all tables; the other from the source. */
async function ageBackfills(connection: Connection, history: History, replica: string): Promise<void> {
  const { sizes, tables, source, streams } = history;
  const ranges = streams
    .filter(({ pipeline }) => pipeline === 'cdc')
    .map(({ topic }) => ({ topic, topicId: 'of-another-life', epoch: 1, partition: 0, first: 0, last: 999 }));
  const plan = (via: string): string =>
    JSON.stringify({
      ...{
        selector: { pipeline: 'cdc', table: null, keys: null },
        via,
        why: 'All of the range is in Kafka.',
      },
      ...{ ranges: via === 'kafka' ? ranges : [], sources: via === 'source' ? tables : [] },
      ...{ targets: tables.map((table) => `${replica}.${table}`), rows: 1000, available: [], gaps: [] },
      expectedSeconds: 10,
    });
  const counts = JSON.stringify({ rows: 1000, inserted: 0, updated: 1000 });
  const rows = Array.from({ length: sizes.backfills }, (_, index) => {
    const id = `20260101-000000-${index.toString(16).padStart(4, '0')}`;
    const via = index % 2 === 0 ? 'kafka' : 'source';
    const share = index / sizes.backfills;
    return [id, via, plan(via), counts, `backfill/${id}`, share, share, share];
  });
  for (let first = 0; first < rows.length; first += 50)
    await connection.batch(
      'INSERT INTO etl_backfills (id, pipeline, via, state, plan, counts, workflow_id, created_at, updated_at, ' +
        `finished_at) VALUES (?, 'cdc', ?, 'completed', ?, ?, ?, ${yearAt('?')}, ${yearAt('?')}, ${yearAt('?')})`,
      rows.slice(first, first + 50),
    );
  await connection.query(
    'INSERT INTO etl_backfill_sources (backfill_id, source_database, source_table, counts, is_read, updated_at) ' +
      'SELECT b.id, r.source_database, r.source_table, b.counts, TRUE, b.updated_at FROM etl_backfills b ' +
      "JOIN etl_replica_tables r ON r.source_database = ? WHERE b.via = 'source' AND r.source_table LIKE 't00%'",
    [source],
  );
}

/** Every table once a day. One of a hundred comparisons found something; the newest did not. */
async function ageVerifications(connection: Connection): Promise<void> {
  await connection.query(
    'INSERT INTO etl_verifications (id, source_database, source_table, state, source_rows, missing, different_columns, ' +
      'differing_keys, verified_through, created_at, updated_at, finished_at) SELECT ' +
      "CONCAT('scheduled-', LPAD(n, 4, '0')), source_database, source_table, IF(n % 100 = 50, 'different', 'equal'), " +
      "1000, IF(n % 100 = 50, 500, 0), '{}', IF(n % 100 = 50, CONCAT('[', REPEAT('[\"123456\"],', 499), '[\"1\"]]'), '[]'), " +
      `n, ${yearAt('n / 365')}, ${yearAt('n / 365')}, ${yearAt('n / 365')} FROM etl_replica_tables ` +
      `JOIN ${numbers} n WHERE n < 365`,
  );
}

/** Rows that could not be read; the tables have been read as a whole since. */
async function ageRefetches(connection: Connection, { source }: History, replica: string): Promise<void> {
  await connection.query(
    'INSERT INTO etl_refetches (target_table, key_hash, key_text, source_database, source_table, requested_at, problem) ' +
      "SELECT CONCAT(?, '.', source_table), UNHEX(MD5(n)), CONCAT('[\"', n, '\"]'), source_database, source_table, " +
      `${yearAt('0.1')}, 'The row is too large.' FROM etl_replica_tables JOIN ${numbers} n ` +
      "WHERE source_database = ? AND source_table LIKE 't00%' AND n < 1000",
    [replica, source],
  );
}

/** As many tables as there are that were dropped a year ago. */
async function ageDropped(connection: Connection): Promise<void> {
  await connection.query(
    'INSERT INTO etl_replica_tables (source_database, source_table, state, loads, covers, definition, requested_at, ' +
      "began_at, loaded_at, updated_at) SELECT source_database, CONCAT('gone_', source_table), 'dropped', 2, covers, " +
      `definition, ${yearAt('0.01')}, ${yearAt('0.01')}, ${yearAt('0.01')}, ${yearAt('0.01')} FROM etl_replica_tables`,
  );
}

/** Topics that were made again every month, and those of the dropped tables. */
async function ageEpochs(connection: Connection, { source }: History): Promise<void> {
  await connection.query(
    'INSERT INTO etl_topic_epochs (topic, epoch, topic_id, partitions, first_offsets, detected_at) SELECT ' +
      `CONCAT(?, source_table), 1 + n, UUID(), 1, '[0]', ${yearAt('n / 13')} FROM etl_replica_tables JOIN ${numbers} n ` +
      "WHERE n < 12 AND state = 'dropped'",
    [topicOf(source, '')],
  );
}
