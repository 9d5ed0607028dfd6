/**
 * kafkajs with its record formats replaced.
 *
 * kafkajs 2.2.4 is the last of its line: its group protocol is sound, its decoding and encoding of records are not
 * (see record-batches.ts and record-batch-writer.ts for what goes wrong). Five of its modules are replaced in the
 * module cache before it is loaded; the version is pinned exactly, and an integration test compares both clients.
 *
 * - `consumer/batch`: decodes with our functions; its `lastOffset()` covers holes, control batches and aborted
 *   records, so the position after a fetch is the same as the range reader's.
 * - `protocol/requests/fetch/v4/decodeMessages` (used by every later version): leaves the bytes to it.
 * - `protocol/recordBatch/record/v0` and `protocol/recordBatch/v0`: write with our encoder.
 * - `producer/groupMessagesPerPartition`: copied the whole list for every message.
 *
 * And two methods of its consumer group are changed:
 *
 * - `recoverFromOffsetOutOfRange` went on at the log start and committed that, silently; now the partition is paused,
 *   and the group consumer, which sees a partition paused that it did not pause, looks into it;
 * - `commitOffsets` asks whether the partitions are assigned. Between the moment in which a new generation is known
 *   and its event, a commit for a lost partition would carry the new generation, and the broker would take it.
 */
import { createRequire } from 'node:module';
import type * as KafkaJs from 'kafkajs';
import type { SourceRecord } from '../../pipelines/record.ts';
import { decodeRecordSet, type AbortedTransaction, type DecodedRecords } from './record-batches.ts';
import { encodeRecordBatch, type RecordToWrite } from './record-batch-writer.ts';
import { toOffset } from '../offsets.ts';

const load = createRequire(import.meta.url);

interface Decoder {
  readInt32(): number;
  canReadBytes(length: number): boolean;
  readBytes(length: number): Buffer;
}
interface Encoder {
  writeBufferInternal(buffer: Buffer): void;
}
interface PartitionData {
  readonly partition: number;
  readonly highWatermark: string;
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  readonly messages: Buffer;
}

const noBytes = Buffer.alloc(0);

/** The records of one partition in one fetch, in place of kafkajs's own Batch. */
export class FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly fetchedOffset: string;
  readonly highWatermark: string;
  decoded: DecodedRecords;

  constructor(topic: string, fetchedOffset: string, data: PartitionData) {
    this.topic = topic;
    this.partition = data.partition;
    this.fetchedOffset = fetchedOffset;
    this.highWatermark = data.highWatermark;
    this.decoded = decodeRecordSet(data.messages, {
      topic,
      partition: data.partition,
      from: toOffset(fetchedOffset),
      aborted: data.abortedTransactions ?? [],
    });
  }

  get messages(): SourceRecord[] {
    return this.decoded.records;
  }
  /** Lets go of the records; the positions stay. */
  release(): void {
    this.decoded = { ...this.decoded, records: [] };
  }
  /** Whether the position did not move. A fetch that moved it without any record is handed on like every other. */
  isEmpty(): boolean {
    return this.decoded.next === toOffset(this.fetchedOffset);
  }
  isEmptyDueToFiltering(): boolean {
    return false;
  }
  firstOffset(): string | null {
    const first = this.decoded.records[0];
    return first ? String(first.offset) : null;
  }
  lastOffset(): string {
    return String(this.decoded.next - 1);
  }
  offsetLag(): string {
    return String(toOffset(this.highWatermark) - this.decoded.next);
  }
  offsetLagLow(): string {
    return String(toOffset(this.highWatermark) - 1 - (this.decoded.records[0]?.offset ?? this.decoded.next));
  }
}

function readRecordBytes(decoder: Decoder): Promise<Buffer> {
  const size = decoder.readInt32();
  return Promise.resolve(size <= 0 || !decoder.canReadBytes(size) ? noBytes : decoder.readBytes(size));
}

interface KafkaJsBatch {
  readonly compression: number;
  readonly firstTimestamp: number | string;
  readonly maxTimestamp: number | string;
  readonly producerId: bigint | string | { value: bigint };
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly transactional: boolean;
  readonly records: readonly RecordToWrite[];
}

interface MessagesToGroup<Message> {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly Message[];
  readonly partitioner: (at: {
    topic: string;
    partitionMetadata: readonly unknown[];
    message: Message;
  }) => number;
}

function groupMessages<Message>({
  topic,
  partitionMetadata,
  messages,
  partitioner,
}: MessagesToGroup<Message>) {
  const groups: Record<number, Message[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages)
    (groups[partitioner({ topic, partitionMetadata, message })] ??= []).push(message);
  return groups;
}

const replacedModules: Readonly<Record<string, () => unknown>> = {
  'kafkajs/src/consumer/batch': () => FetchedPartition,
  'kafkajs/src/protocol/requests/fetch/v4/decodeMessages': () => readRecordBytes,
  'kafkajs/src/protocol/recordBatch/record/v0': () => (record: RecordToWrite) => record,
  'kafkajs/src/producer/groupMessagesPerPartition': () => groupMessages,
  'kafkajs/src/protocol/recordBatch/v0': () => {
    const BufferEncoder = load('kafkajs/src/protocol/encoder') as new () => Encoder;
    const RecordBatch = (batch: KafkaJsBatch): Promise<Encoder> => {
      const { producerId } = batch;
      const encoder = new BufferEncoder();
      encoder.writeBufferInternal(
        encodeRecordBatch({
          ...batch,
          firstTimestamp: Number(batch.firstTimestamp),
          maxTimestamp: Number(batch.maxTimestamp),
          producerId: typeof producerId === 'object' ? producerId.value : BigInt(producerId),
        }),
      );
      return Promise.resolve(encoder);
    };
    return { RecordBatch, MAGIC_BYTE: 2 };
  },
};

interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}
interface Commit {
  readonly topics: readonly { topic: string; partitions: readonly { partition: number | string }[] }[];
}
interface ConsumerGroup {
  preferredReadReplicasPerTopicPartition: Record<string, Record<number, unknown> | undefined>;
  pause(partitions: readonly TopicPartitions[]): void;
  assigned(): readonly TopicPartitions[];
  commitOffsets(commit: Commit): Promise<void>;
  recoverFromOffsetOutOfRange(error: { topic: string; partition: number }): Promise<void>;
}

/** A commit was asked for a partition that this member does not own any more. */
export class NotAssignedError extends Error {}

function changeConsumerGroup({ prototype }: { prototype: ConsumerGroup }): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
  const { commitOffsets } = prototype;
  prototype.recoverFromOffsetOutOfRange = function ({ topic, partition }) {
    delete this.preferredReadReplicasPerTopicPartition[topic]?.[partition];
    this.pause([{ topic, partitions: [partition] }]);
    return Promise.resolve();
  };
  prototype.commitOffsets = async function (commit) {
    for (const { topic, partitions } of commit.topics) {
      const assigned = this.assigned().find((each) => each.topic === topic)?.partitions ?? [];
      if (!partitions.every(({ partition }) => assigned.includes(Number(partition)))) {
        throw new NotAssignedError(`${topic} is not assigned to this member any more`);
      }
    }
    await commitOffsets.call(this, commit);
  };
}

function loadKafkaJs(): typeof KafkaJs {
  for (const [name, replacement] of Object.entries(replacedModules)) {
    const path = load.resolve(name);
    load(path);
    load.cache[path]!.exports = replacement();
  }
  changeConsumerGroup(load('kafkajs/src/consumer/consumerGroup') as { prototype: ConsumerGroup });
  return load('kafkajs') as typeof KafkaJs;
}

export const kafkajs = loadKafkaJs();
export type { Admin, Consumer, EachBatchPayload, Kafka, KafkaConfig, Message, Producer } from 'kafkajs';
