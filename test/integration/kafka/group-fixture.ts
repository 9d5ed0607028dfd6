import { BatchCache } from '../../../src/kafka/batch-cache.ts';
import { committedOffsets } from '../../../src/kafka/committed-offsets.ts';
import { startGroupConsumer } from '../../../src/kafka/group/consumer.ts';
import { TopicProducer } from '../../../src/kafka/producer.ts';
import type {
  BatchDescriptor,
  EpochStore,
  Gap,
  GroupConsumer,
  GroupLimits,
  TopicEpoch,
} from '../../../src/kafka/group/types.ts';
import type { SourceRecord } from '../../../src/pipelines/record.ts';
import { connectTestKafka, type TestKafka } from '../../support/kafka.ts';

export interface TopicFamily {
  readonly prefix: string;
  readonly topicPattern: RegExp;
  readonly topic: (name: string) => string;
}

/** A broker with what the tests of the group consumer send and ask. */
export interface GroupKafka extends TestKafka {
  /** Publishes values that are their own keys. */
  send(topic: string, values: readonly string[], partition?: number): Promise<void>;
  committed(group: string, topic: string, partition?: number): Promise<number | undefined>;
  /** Topic names below a prefix of their own, and the pattern that finds them. */
  family(what: string): TopicFamily;
  /** A producer keeps what it knows of a topic: partitions that were added are seen by a new one. */
  renewProducer(): Promise<void>;
}

export async function connectGroupKafka(): Promise<GroupKafka> {
  const kafka = await connectTestKafka();
  let producer = new TopicProducer(kafka.config, kafka.brokers, kafka.logger);
  return {
    ...kafka,
    async send(topic, values, partition) {
      const place = partition !== undefined && { partition };
      await producer.publish(
        topic,
        values.map((value) => ({ key: value, value, ...place })),
      );
    },
    async committed(group, topic, partition = 0) {
      const offsets = await committedOffsets(kafka.brokers, group, new Map([[topic, [partition]]]));
      return offsets.get(`${topic}/${partition}`)?.offset;
    },
    family(what) {
      const prefix = kafka.name(what);
      const topicPattern = new RegExp(`^${prefix.replaceAll('.', '\\.')}\\.[^.]+$`);
      return { prefix, topicPattern, topic: (name) => `${prefix}.${name}` };
    },
    async renewProducer() {
      await producer.close();
      producer = new TopicProducer(kafka.config, kafka.brokers, kafka.logger);
    },
    async close() {
      await producer.close();
      await kafka.close();
    },
  };
}

/** The whole numbers from `from` to `to`, without `to`, as values. */
export function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

export function sorted(values: readonly string[]): string[] {
  return [...values].sort((a, b) => Number(a) - Number(b));
}

/** A promise that is kept until it is released. */
export function gate(): { readonly held: Promise<void>; readonly release: () => void } {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  return { held, release };
}

export interface Seen {
  readonly member: string;
  readonly batch: BatchDescriptor;
  readonly offsets: readonly number[];
  readonly values: readonly string[];
  readonly records: readonly SourceRecord[];
  ended: boolean;
}

/** What durable storage is to the consumer: epochs, gaps and runs that outlive a member. */
export class World {
  readonly seen: Seen[] = [];
  readonly gaps: Gap[] = [];
  readonly epochs = new Map<string, TopicEpoch[]>();
  /** Batches in flight by partition: more than one is what must never happen. */
  readonly #running = new Map<string, Promise<{ last: number }>>();
  overlaps = 0;
  readonly #inFlight = new Map<string, string>();

  /** How often the epoch of each topic was asked for: once in every session that reads it. */
  readonly sessions = new Map<string, number>();

  readonly epochStore: EpochStore = {
    current: (topic) => {
      this.sessions.set(topic, (this.sessions.get(topic) ?? 0) + 1);
      return Promise.resolve(this.epochs.get(topic)?.at(-1) ?? null);
    },
    begin: (topic, { replaces, ...next }) => {
      const all = this.epochs.get(topic) ?? [];
      const current = all.at(-1)?.epoch ?? null;
      if (current !== replaces) return Promise.resolve(current ?? 1);
      this.epochs.set(topic, [...all, { ...next, epoch: (current ?? 0) + 1 }]);
      return Promise.resolve((current ?? 0) + 1);
    },
  };

  /** Durable runs, found by their first offset: whoever starts one again attaches to it. */
  async run(
    member: string,
    batch: BatchDescriptor,
    records: readonly SourceRecord[] | undefined,
    work: (batch: BatchDescriptor) => Promise<unknown>,
  ): Promise<{ last: number }> {
    const place = `${batch.topic}/${batch.epoch}/${batch.partition}`;
    const id = `${place}/${batch.first}`;
    const known = this.#running.get(id);
    if (known) return await known;
    if (this.#inFlight.has(place)) this.overlaps++;
    this.#inFlight.set(place, id);
    const seen: Seen = {
      member,
      batch,
      offsets: (records ?? []).map(({ offset }) => offset),
      values: (records ?? []).map(({ value }) => value?.toString() ?? ''),
      records: records ?? [],
      ended: false,
    };
    this.seen.push(seen);
    const run = work(batch).then(() => {
      seen.ended = true;
      this.#inFlight.delete(place);
      return { last: batch.last };
    });
    this.#running.set(id, run);
    return await run;
  }

  /** Values of all batches that ended, of one topic and epoch. */
  values(topic: string, epoch?: number): string[] {
    return this.seen
      .filter(({ batch, ended }) => ended && batch.topic === topic && (epoch ?? batch.epoch) === batch.epoch)
      .flatMap(({ values }) => values);
  }
}

export interface MemberOptions {
  readonly topics?: readonly string[];
  readonly topicPattern?: RegExp;
  readonly group: string;
  readonly work?: (batch: BatchDescriptor) => Promise<unknown>;
  readonly limits?: Partial<GroupLimits>;
}

export function startMember(
  test: TestKafka,
  world: World,
  name: string,
  { topics = [], topicPattern, group, work = () => Promise.resolve(), limits }: MemberOptions,
): Promise<GroupConsumer> {
  const cache = new BatchCache<readonly SourceRecord[]>(64 * 1024 * 1024);
  return startGroupConsumer({
    config: test.config,
    brokers: test.brokers,
    pipeline: { name: 'test', group, topics, ...(topicPattern && { topicPattern }) },
    cache,
    runner: { run: (batch) => world.run(name, batch, cache.get(batch), work) },
    epochs: world.epochStore,
    gaps: { recordGap: (gap) => Promise.resolve(void world.gaps.push(gap)) },
    logger: test.logger,
    limits: {
      maxRows: 100,
      maxBytes: 1_000_000,
      lingerMs: 50,
      maxQueuedBytes: 64_000_000,
      graceMs: 5_000,
      ...limits,
    },
  });
}
