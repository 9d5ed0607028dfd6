import { AlirError } from '../../src/errors/alir-error.ts';
import type { ErrorCode } from '../../src/errors/catalogue.ts';
import type { Brokers } from '../../src/kafka/brokers.ts';
import { readRange } from '../../src/kafka/range-reader.ts';
import { corrected } from '../../src/metadata/dead-letters/corrections.ts';
import type { Letter } from '../../src/metadata/dead-letters/read-letters.ts';
import type { Database } from '../../src/mysql/connection.ts';
import type { SourceRecord } from '../../src/pipelines/record.ts';

/** Kafka has it no more, and never will again. */
const gone: ReadonlySet<ErrorCode> = new Set(['RANGE_GONE', 'TOPIC_MISSING', 'TOPIC_RECREATED']);

/** The records of letters, by id, and those that cannot be had. */
interface LetterRecords {
  readonly records: ReadonlyMap<bigint, SourceRecord>;
  readonly unread: readonly { readonly id: bigint; readonly why: string }[];
}

/**
 * The records that letters stand for: with their corrections where there are any; values that are too large to be kept
 * are read from Kafka.
 *
 * @throws AlirError KAFKA_UNAVAILABLE, KAFKA_ACCESS_DENIED, MYSQL_*
 */
export async function recordsOf(
  brokers: Brokers,
  database: Database,
  letters: readonly Letter[],
): Promise<LetterRecords> {
  const records = new Map<bigint, SourceRecord>();
  const unread: { id: bigint; why: string }[] = [];
  for (const letter of letters) {
    const { id, record, edit, isValueOmitted } = letter;
    if (edit !== null || !isValueOmitted) {
      records.set(id, corrected(record, edit?.value));
      continue;
    }
    try {
      records.set(id, await fromKafka(brokers, database, letter));
    } catch (error) {
      if (!(error instanceof AlirError) || !gone.has(error.code)) throw error;
      unread.push({
        id,
        why: `Its value was too large to be kept, and Kafka no longer has it: ${error.message}`,
      });
    }
  }
  return { records, unread };
}

async function fromKafka(
  brokers: Brokers,
  database: Database,
  { epoch, record: { topic, partition, offset } }: Letter,
): Promise<SourceRecord> {
  const life = await database.etlTopicEpoch.findUnique({ where: { topic_epoch: { topic, epoch } } });
  const place = `${topic}/${partition} at offset ${offset}`;
  if (life === null)
    throw new AlirError('TOPIC_RECREATED', `Nothing is known of epoch ${epoch} of ${topic}.`);
  const range = { topic, topicId: life.topicId, partition, first: offset, last: offset };
  const [record] = await readRange(brokers, range);
  if (record === undefined) throw new AlirError('RANGE_GONE', `There is no record in ${place} any more.`);
  return record;
}
