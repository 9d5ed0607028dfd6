import type { Database } from '../../mysql/connection.ts';
import type { SourceRecord } from '../../pipelines/record.ts';
import type { PartitionOfPipeline } from '../batches.ts';

/**
 * The records of a range with their corrections: what somebody has corrected in a dead letter takes the record's place
 * wherever its offset is read again, or a table that is built anew would lose it.
 *
 * @param records of one partition, in order
 */
export async function withCorrections(
  database: Database,
  { pipeline, topic, epoch, partition }: PartitionOfPipeline,
  records: readonly SourceRecord[],
): Promise<readonly SourceRecord[]> {
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) return records;
  // By the unique key: of the few letters of the range, or none.
  const rows = await database.$queryRawUnsafe<{ offset: bigint; value: Uint8Array }[]>(
    'SELECT `offset`, edited_value AS value FROM etl_dead_letters WHERE pipeline = ? AND topic = ? AND epoch = ? ' +
      "AND `partition` = ? AND `offset` BETWEEN ? AND ? AND edited_value IS NOT NULL AND status <> 'discarded'",
    pipeline,
    topic,
    epoch,
    partition,
    first.offset,
    last.offset,
  );
  if (rows.length === 0) return records;
  const corrections = new Map(rows.map(({ offset, value }) => [Number(offset), Buffer.from(value)]));
  return records.map((record) => corrected(record, corrections.get(record.offset)));
}

/** A record with another value in the place of its own. */
export function corrected(record: SourceRecord, value: Buffer | undefined): SourceRecord {
  if (value === undefined) return record;
  // Field by field: a record that was just read is an object whose fields are getters.
  const { topic, partition, offset, timestamp, key, headers } = record;
  const size = record.size - (record.value?.length ?? 0) + value.length;
  return { topic, partition, offset, timestamp, key, headers, value, size };
}
