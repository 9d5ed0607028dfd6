/**
 * Reads an exact range of one partition without joining a group, by topic id: a topic that was deleted and made again
 * under its name is never read in its place. Only committed records are returned.
 *
 * A range ends when the position passes `last`, not when `last` was seen: compaction, transaction markers and aborted
 * records leave holes. Control batches and records before `first` are dropped.
 */
import type { Connection, fetchV13, Reader } from '@platformatic/kafka';
import { AlirError } from '../errors/alir-error.ts';
import type { RecordRange, SourceRecord } from '../pipelines/record.ts';
import type { BrokerAddress, Brokers } from './brokers.ts';
import { toOffset } from './offsets.ts';
import { decodeRecordSet, type AbortedTransaction } from './wire/record-batches.ts';

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Bytes to fetch at once; a page holds that much at most, or one record batch. */
  readonly pageBytes?: number;
}

export interface RangePage {
  readonly records: SourceRecord[];
  /** Position after the page, at most the one behind the range: what was fetched beyond it is not among the records. */
  readonly next: number;
}

interface PartitionAnswer {
  readonly errorCode: number;
  readonly logStart: number;
  readonly stableEnd: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly data: Buffer;
}

const offsetOutOfRange = 1;
/** Topic or partition unknown here, not the leader, leader epoch, topic id unknown or inconsistent: look again. */
const staleErrors = new Set([3, 5, 6, 74, 75, 76, 100, 103]);
const giveUpAfterMs = 15_000;
const nothing = Buffer.alloc(0);

/**
 * All records of a range, in order. Use {@link readPages} for ranges that are larger than a batch.
 *
 * @throws AlirError TOPIC_MISSING, TOPIC_RECREATED, RANGE_GONE, KAFKA_UNAVAILABLE, KAFKA_ACCESS_DENIED; the signal's reason
 */
export async function readRange(
  brokers: Brokers,
  range: RecordRange,
  options: ReadOptions = {},
): Promise<SourceRecord[]> {
  const records: SourceRecord[] = [];
  for await (const page of readPages(brokers, range, options))
    for (const record of page.records) records.push(record);
  return records;
}

/** The records of a range, page after page; the next page is fetched when it is asked for. Throws like {@link readRange}. */
export async function* readPages(
  brokers: Brokers,
  range: RecordRange,
  { signal, pageBytes = 4_194_304 }: ReadOptions = {},
): AsyncGenerator<RangePage, void, void> {
  let position = range.first;
  let leader: BrokerAddress | null = null;
  let giveUp = Date.now() + giveUpAfterMs;
  while (position <= range.last) {
    signal?.throwIfAborted();
    leader ??= await findLeader(brokers, range);
    const answer: PartitionAnswer | null =
      leader && (await fetchOnce(brokers, leader, range, position, pageBytes));
    if (answer?.errorCode === 0) {
      const place = { ...range, from: position, until: range.last, aborted: answer.aborted };
      const { records, next } = decodeRecordSet(answer.data, place);
      if (next > position) {
        position = Math.min(next, range.last + 1);
        yield { records, next: position };
        giveUp = Date.now() + giveUpAfterMs;
        continue;
      }
    } else if (answer?.errorCode === offsetOutOfRange) {
      throw new AlirError(
        'RANGE_GONE',
        `${nameOf(range, position)} is outside the log, which starts at ${answer.logStart}.`,
      );
    } else if (answer && !staleErrors.has(answer.errorCode)) {
      throw new AlirError(
        'KAFKA_UNAVAILABLE',
        `Reading ${nameOf(range, position)}: error ${answer.errorCode} of Kafka.`,
      );
    } else {
      leader = null;
    }
    if (Date.now() > giveUp) {
      const where = answer ? `ends at ${answer.stableEnd}` : 'has no leader';
      throw new AlirError('KAFKA_UNAVAILABLE', `Reading ${nameOf(range, position)}: the partition ${where}.`);
    }
    if (!leader) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function findLeader(brokers: Brokers, range: RecordRange): Promise<BrokerAddress | null> {
  const topic = (await brokers.metadata([range.topic])).get(range.topic);
  if (!topic) throw new AlirError('TOPIC_MISSING', `The topic ${range.topic} does not exist.`);
  if (topic.id !== range.topicId) {
    throw new AlirError(
      'TOPIC_RECREATED',
      `The topic ${range.topic} was made again: its id is ${topic.id}, the range belongs to ${range.topicId}.`,
    );
  }
  return topic.leaders[range.partition] ?? null;
}

async function fetchOnce(
  brokers: Brokers,
  leader: BrokerAddress,
  range: RecordRange,
  position: number,
  maxBytes: number,
): Promise<PartitionAnswer | null> {
  const partition = {
    partition: range.partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(position),
    lastFetchedEpoch: -1,
    partitionMaxBytes: maxBytes,
  };
  const topics = [{ topicId: range.topicId, partitions: [partition] }];
  return await brokers.call(
    `Reading ${nameOf(range, position)}`,
    (connection, { fetchV13: fetch }) =>
      // 500 ms, at least one byte, read committed, no fetch session
      send(connection, fetch, () => fetch.createRequest(500, 1, maxBytes, 1, 0, -1, topics, [], '')),
    leader,
  );
}

function send(
  connection: Connection,
  { api }: typeof fetchV13,
  createRequest: () => ReturnType<typeof fetchV13.createRequest>,
): Promise<PartitionAnswer | null> {
  return new Promise((resolve, reject) => {
    connection.send<PartitionAnswer | null>(
      api.key,
      api.version,
      createRequest,
      (_correlationId, _apiKey, _apiVersion, reader) => parseAnswer(reader),
      true,
      true,
      (error, answer) => (error ? reject(error) : resolve(answer ?? null)),
    );
  });
}

/** The library's own parser also decodes the records, without filtering aborted ones: this one keeps their bytes. */
function parseAnswer(reader: Reader): PartitionAnswer | null {
  reader.readInt32(); // throttle time
  const errorCode = reader.readInt16();
  reader.readInt32(); // session
  const answers = reader.readArray((topic) => {
    topic.readUUID();
    return topic.readArray((partition): PartitionAnswer => {
      partition.readInt32(); // partition
      const partitionError = partition.readInt16();
      partition.readInt64(); // high watermark
      const stableEnd = toOffset(partition.readInt64());
      const logStart = toOffset(partition.readInt64());
      const aborted = partition.readArray((transaction) => ({
        producerId: transaction.readInt64(),
        firstOffset: transaction.readInt64(),
      }));
      partition.readInt32(); // preferred replica
      const size = partition.readUnsignedVarInt() - 1;
      const data = size > 0 ? partition.buffer.slice(partition.position, partition.position + size) : nothing;
      if (size > 0) partition.skip(size);
      return { errorCode: errorCode || partitionError, logStart, stableEnd, aborted, data };
    });
  });
  return answers.flat()[0] ?? null;
}

function nameOf({ topic, partition }: RecordRange, position: number): string {
  return `${topic}/${partition}/${position}`;
}
