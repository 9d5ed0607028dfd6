/**
 * Publishes messages: acknowledged by all replicas, in order, without duplicates while the connection holds.
 *
 * Sends run one after the other. kafkajs counts the sequence numbers of an idempotent producer back when a send fails,
 * although the broker may have stored it; the next send would then carry numbers that the broker knows, and would be
 * taken for a repetition and dropped without an error. So a send is tried again by kafkajs itself (same numbers, same
 * messages: safe), no other may come between, and after a send that failed for good the producer is replaced by one
 * with a new id. What was published twice by that is told apart by its headers: publishing is at least once.
 *
 * kafkajs writes all messages of one send for a partition as one record batch, and a batch above the topic's
 * max.message.bytes is refused: sends are cut by bytes, and cut again in halves when the broker refuses one.
 */
import { AlirError } from '../errors/alir-error.ts';
import type { Logger } from '../observability/logger.ts';
import type { Brokers } from './brokers.ts';
import { createKafkaJs, type KafkaSettings } from './kafkajs-client.ts';
import { codecs } from './wire/codecs.ts';
import { brokerErrorOf, toKafkaError } from './kafka-errors.ts';
import { kafkajs, type Kafka, type Message, type Producer } from './wire/kafkajs.ts';
import { partitionOf } from './wire/partitioner.ts';
import { messageSize, type Bytes, type Headers } from './wire/record-batch-writer.ts';

export interface OutgoingMessage {
  readonly key: Bytes | null;
  readonly value: Bytes | null;
  readonly headers?: Headers;
  /** Key, value and headers as `encodeContent` wrote them: then only the key is looked at, for the partition. */
  readonly encoded?: Buffer;
  /** Milliseconds since 1970 UTC; absent: now. */
  readonly timestamp?: number;
  /** Absent: by key as the Java client does it; without a key all messages of a call go to one partition. */
  readonly partition?: number;
  /** The record that the message was made from, for errors. */
  readonly source?: { readonly topic: string; readonly partition: number; readonly offset: number };
}

export interface ProducerOptions {
  /** Bytes of a record batch at most; the broker's default limit is 1,048,588. */
  readonly maxBatchBytes?: number;
  readonly compression?: keyof Omit<typeof codecs, 'zstd'>;
}

/** As kafkajs takes it. */
interface Addressed {
  readonly key: Bytes | null;
  readonly value: Bytes | null;
  readonly headers: Headers | undefined;
  readonly encoded: Buffer | undefined;
  readonly partition: number;
  readonly timestamp: string | undefined;
  readonly source: OutgoingMessage['source'];
}
/** Messages of one send: for each partition at most one record batch. */
type Chunk = readonly Addressed[];

const partitionsAgeMs = 30_000;

export class TopicProducer {
  readonly #kafka: Kafka;
  readonly #brokers: Brokers;
  readonly #maxBatchBytes: number;
  readonly #compression: number;
  readonly #partitions = new Map<string, { readonly count: number; readonly at: number }>();
  #producer: Producer | null = null;
  #sends: Promise<unknown> = Promise.resolve();
  #spread = 0;

  constructor(config: KafkaSettings, brokers: Brokers, logger: Logger, options: ProducerOptions = {}) {
    this.#kafka = createKafkaJs(config, logger);
    this.#brokers = brokers;
    this.#maxBatchBytes = options.maxBatchBytes ?? 900_000;
    this.#compression = codecs[options.compression ?? config.settings.KAFKA_COMPRESSION];
  }

  /**
   * Publishes messages in order and resolves when all replicas have them. Messages of one partition keep their order.
   *
   * @param messages looked at when it is their turn: a generator's messages need no memory while they wait
   * @throws AlirError TOPIC_MISSING (topics are never created by publishing), KAFKA_UNAVAILABLE, KAFKA_ACCESS_DENIED,
   *   CONFIG_INVALID for a message that the topic does not take, naming its `source`. Some messages may be published
   *   when it throws.
   */
  async publish(topic: string, messages: Iterable<OutgoingMessage>): Promise<void> {
    const done = this.#sends.then(async () => {
      const list = [...messages];
      if (list.length === 0) return;
      const partitions = await this.#partitionCount(topic);
      this.#spread = (this.#spread + 1) % partitions;
      for (const chunk of this.#cut(list, partitions)) await this.#send(topic, chunk);
    });
    this.#sends = done.catch(() => undefined); // the next caller waits for this one, and does not inherit its failure
    await done;
  }

  /** Waits for the sends in hand and disconnects. */
  async close(): Promise<void> {
    await this.#sends;
    await this.#replaceProducer();
  }

  #cut(messages: readonly OutgoingMessage[], partitions: number): Chunk[] {
    const chunks: Addressed[][] = [];
    const filling = new Map<number, { chunk: number; bytes: number }>();
    for (const message of messages) {
      const partition =
        message.partition ?? (message.key === null ? this.#spread : partitionOf(message.key, partitions));
      const bytes = messageSize(message);
      const place = filling.get(partition) ?? { chunk: 0, bytes: 0 };
      filling.set(partition, place);
      if (place.bytes > 0 && place.bytes + bytes > this.#maxBatchBytes) {
        place.chunk++;
        place.bytes = 0;
      }
      place.bytes += bytes;
      const { key, value, headers, encoded, source } = message;
      const timestamp = message.timestamp === undefined ? undefined : String(message.timestamp);
      (chunks[place.chunk] ??= []).push({ key, value, headers, encoded, partition, timestamp, source });
    }
    return chunks;
  }

  async #send(topic: string, chunk: Chunk, mayTryAgain = true): Promise<void> {
    try {
      const producer = (this.#producer ??= await this.#connect());
      await producer.send({
        topic,
        acks: -1,
        compression: this.#compression,
        messages: [...chunk] as Message[],
      });
    } catch (error) {
      await this.#replaceProducer();
      this.#partitions.delete(topic);
      // kafkajs asks for the metadata of every topic that it ever sent to, and fails when one of them was deleted.
      if (mayTryAgain && brokerErrorOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') {
        await this.#partitionCount(topic);
        return this.#send(topic, chunk, false);
      }
      if (brokerErrorOf(error) !== 'MESSAGE_TOO_LARGE') throw toKafkaError(error, `Publishing to ${topic}`);
      if (chunk.length === 1) throw tooLarge(topic, chunk[0]!, error);
      const half = Math.ceil(chunk.length / 2);
      await this.#send(topic, chunk.slice(0, half));
      await this.#send(topic, chunk.slice(half));
    }
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      metadataMaxAge: partitionsAgeMs,
      // kafkajs wants endless retries for idempotence; a caller who is retried himself wants an answer.
      retry: { retries: 6 },
    });
    await producer.connect();
    return producer;
  }

  async #replaceProducer(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    await producer?.disconnect().catch(() => undefined);
  }

  async #partitionCount(topic: string): Promise<number> {
    const known = this.#partitions.get(topic);
    if (known && Date.now() - known.at < partitionsAgeMs) return known.count;
    const found = (await this.#brokers.metadata([topic])).get(topic);
    if (!found || found.leaders.length === 0) {
      throw new AlirError('TOPIC_MISSING', `The topic ${topic} does not exist.`);
    }
    this.#partitions.set(topic, { count: found.leaders.length, at: Date.now() });
    return found.leaders.length;
  }
}

function tooLarge(topic: string, message: Addressed, cause: unknown): AlirError {
  const from = message.source;
  const source = from ? `made from ${from.topic}/${from.partition}/${from.offset} ` : '';
  return new AlirError(
    'CONFIG_INVALID',
    `A message ${source}of ${messageSize(message)} bytes is larger than the topic ${topic} takes.`,
    { cause, remedy: `Raise max.message.bytes of the topic ${topic}.` },
  );
}
