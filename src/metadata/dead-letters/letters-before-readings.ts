import type { Database } from '../../mysql/connection.ts';
import { isUnclosed } from './states.ts';

const mostLetters = 1_000;

/** Records are dated by Maxwell's clock, readings by that of the target. */
const clocksApartMs = 60_000;

/**
 * Open letters of replicas' tables, by topic, that are older than the last complete reading of their table: the records
 * were written to Kafka a minute or more before that reading was asked for. Some thousand at a time.
 *
 * @param topicOf topic of a source table's changes
 * @throws AlirError MYSQL_*
 */
export async function lettersBeforeReadings(
  database: Database,
  pipeline: string,
  topicOf: (database: string, table: string) => string,
): Promise<Map<string, bigint[]>> {
  type Table = { source_database: string; source_table: string; requested_ms: bigint | number };
  const tables = await database.$queryRawUnsafe<Table[]>(
    'SELECT source_database, source_table, ' +
      "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', requested_at) DIV 1000 AS requested_ms " +
      'FROM etl_replica_tables WHERE requested_at IS NOT NULL AND began_at >= requested_at AND loaded_at >= began_at',
  );
  if (tables.length === 0) return new Map();
  const topics = await database.$queryRawUnsafe<{ topic: string }[]>(
    'SELECT DISTINCT topic FROM etl_dead_letters WHERE pipeline = ?',
    pipeline,
  );
  const open = new Set(topics.map(({ topic }) => topic));
  const found = new Map<string, bigint[]>();
  for (const { source_database: source, source_table: table, requested_ms: requested } of tables) {
    const topic = topicOf(source, table);
    if (!open.has(topic)) continue;
    const letters = await database.$queryRawUnsafe<{ id: bigint }[]>(
      `SELECT id FROM etl_dead_letters WHERE pipeline = ? AND topic = ? AND ${isUnclosed} AND record_ms >= 0 ` +
        'AND record_ms < ? LIMIT ?',
      pipeline,
      topic,
      Number(requested) - clocksApartMs,
      mostLetters,
    );
    if (letters.length > 0)
      found.set(
        topic,
        letters.map(({ id }) => id),
      );
  }
  return found;
}
