/**
 * One membership in the consumer group, from the first join to the end.
 *
 * kafkajs joins, keeps the membership alive and fetches; positions are ours. In the join event, which comes before any
 * fetch of the new generation, every assigned partition is paused. Then `#assign` finds out where each one begins,
 * seeks and resumes it. Partitions that we had before keep their queue and the batch in flight, if the committed offset
 * is where we left it (then nobody else had them in between) and we are still the same member.
 *
 * Whatever makes the topics different from what the session began with ends it: a topic was made again, vanished or
 * appeared, its log was cut off, kafkajs gave up. The caller begins another session, so there is one path of recovery.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../errors/alir-error.ts';
import type { Logger } from '../../observability/logger.ts';
import { createKafkaJs } from '../kafkajs-client.ts';
import type { Consumer, EachBatchPayload, FetchedPartition } from '../wire/kafkajs.ts';
import { toOffset } from '../offsets.ts';
import { detachRecords } from '../wire/record-batches.ts';
import { Assignment } from './assignment.ts';
import type { PartitionFlow } from './partition-flow.ts';
import type { FlowHost } from './flow-host.ts';
import { selectTopics, type SessionTopic } from './session-topics.ts';
import { TopicWatch } from './topic-watch.ts';
import type { GroupConsumerOptions, GroupLimits, PartitionSnapshot } from './types.ts';

/** As they travel: compressed ones become many times as much, and overshoot the bound of the queue. */
const bytesPerPartition = { least: 65_536, most: 524_288 };
const bytesPerFetch = 8_388_608;
/** A paused partition that is resumed waits this long for the fetch in hand; a fetch of an idle broker costs little. */
const fetchWaitMs = 150;
const watchEveryMs = 1_000;
const askTopicsEveryMs = 3_000;

export interface SessionEnd {
  /** One sentence. */
  readonly why: string;
  /** Whether nothing failed: there are other topics to read now. */
  readonly topicsChanged: boolean;
}

export class Session implements FlowHost {
  readonly limits: GroupLimits;
  readonly runner;
  readonly cache;
  readonly logger: Logger;
  readonly #options: GroupConsumerOptions;
  readonly #topics: ReadonlyMap<string, SessionTopic>;
  readonly #consumer: Consumer;
  readonly #assignment: Assignment;
  #commitOnce: EachBatchPayload['commitOffsetsIfNecessary'] | null = null;
  #end: (end: SessionEnd) => void = () => undefined;
  readonly #ended: Promise<SessionEnd>;
  #over = false;

  constructor(
    options: GroupConsumerOptions & { readonly limits: GroupLimits },
    topics: readonly SessionTopic[],
  ) {
    this.#options = options;
    this.limits = options.limits;
    this.runner = options.runner;
    this.cache = options.cache;
    this.logger = options.logger;
    this.#topics = new Map(topics.map((topic) => [topic.name, topic]));
    this.#ended = new Promise((resolve) => (this.#end = resolve));
    this.#assignment = new Assignment(this, options, this.#topics, (why) => this.end(why));
    this.#consumer = createKafkaJs(options.config, options.logger).consumer({
      groupId: options.pipeline.group,
      minBytes: 1,
      maxWaitTimeInMs: fetchWaitMs,
      maxBytesPerPartition: fetchBytes(topics, options.limits),
      maxBytes: bytesPerFetch,
      sessionTimeout: 30_000,
      heartbeatInterval: 3_000,
      metadataMaxAge: 30_000,
      allowAutoTopicCreation: false,
      readUncommitted: false,
      retry: { retries: 5, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** Joins and consumes until the session ends. Never rejects. */
  async run(): Promise<SessionEnd> {
    const consumer = this.#consumer;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (this.#over) return;
      const { memberId, memberAssignment } = payload;
      this.#pauseAll(memberAssignment);
      this.#assignment.joined(memberId, memberAssignment);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) =>
      this.end(`kafkajs gave up: ${payload.error.message}`),
    );
    const joining = this.#join().catch((error: unknown) => this.end(`joining failed: ${messageOf(error)}`));
    const watching = this.#watch();
    const end = await this.#ended;
    this.#over = true;
    this.#assignment.loseAll();
    // Disconnecting while the join is under way would leave a consumer behind that joins later: it is waited for.
    const leaving = joining.then(() => consumer.disconnect()).catch(() => undefined);
    await Promise.race([leaving, delay(10_000, undefined, { ref: false })]);
    await watching;
    return end;
  }

  /** Ends the session; batches in flight are dropped here and go on in Temporal. */
  end(why: string): void {
    this.#end({ why, topicsChanged: false });
  }

  /** Begins no other batch, gives those in flight the grace time, then ends. The membership is kept meanwhile. */
  async drain(graceMs: number): Promise<void> {
    const stopped = this.#assignment.stop();
    await Promise.race([stopped, this.#ended, delay(graceMs, undefined, { ref: false })]);
    this.end('stopped');
  }

  state(): PartitionSnapshot[] {
    return this.#assignment.flows().map((flow) => flow.snapshot());
  }

  queueBytes(): number {
    const share = this.limits.maxQueuedBytes / Math.max(1, this.#assignment.size);
    return Math.max(65_536, Math.min(this.limits.maxBytes * 2, share));
  }

  pause({ topic, partition }: PartitionFlow): void {
    if (!this.#over) this.#consumer.pause([{ topic, partitions: [partition] }]);
  }

  resume({ topic, partition }: PartitionFlow): void {
    if (!this.#over) this.#consumer.resume([{ topic, partitions: [partition] }]);
  }

  seek({ topic, partition }: PartitionFlow, position: number): void {
    if (!this.#over) this.#consumer.seek({ topic, partition, offset: String(position) });
  }

  async topicUnchanged(flow: PartitionFlow): Promise<boolean> {
    while (!this.#over && !flow.lost) {
      try {
        const topic = (await this.#options.brokers.metadata([flow.topic])).get(flow.topic);
        if (topic?.id === flow.topicId) return true;
        this.end(`the topic ${flow.topic} ${topic ? 'was made again' : 'vanished'}`);
        return false;
      } catch (error) {
        this.logger.warn({ topic: flow.topic, reason: messageOf(error) }, 'waiting for Kafka');
        await delay(1_000);
      }
    }
    return false;
  }

  async commit({ topic, topicId, partition }: PartitionFlow, position: number): Promise<void> {
    if (this.#over || !this.#commitOnce) throw new Error('the session is over');
    // Not consumer.commitOffsets: it tries again by itself, by then perhaps for a partition that is not ours any more.
    const partitions = [{ partition, offset: String(position), metadata: topicId }];
    await this.#commitOnce({ topics: [{ topic, partitions }] });
  }

  async #join(): Promise<void> {
    const consumer = this.#consumer;
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.#topics.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      // Only appends: kafkajs fetches from a broker again when all handlers of the last fetch have returned.
      eachBatch: (payload) => Promise.resolve(this.#receive(payload)),
    });
  }

  #receive(payload: EachBatchPayload): void {
    this.#commitOnce = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    const fetched = payload.batch as unknown as FetchedPartition;
    const flow = this.#assignment.flow(fetched.topic, fetched.partition);
    if (!flow) return;
    const { records, next, bytes } = fetched.decoded;
    const from = toOffset(fetched.fetchedOffset);
    if (flow.accept(from, detachRecords(records, bytes), next, toOffset(fetched.highWatermark))) {
      payload.resolveOffset(fetched.lastOffset());
    } else if (flow.fetching) {
      this.seek(flow, flow.queue.end);
    }
    fetched.release(); // the payload, kept for its commit function, would keep the records
  }

  #pauseAll(assignment: Readonly<Record<string, readonly number[]>>): void {
    const partitions = Object.entries(assignment).map(([topic, numbers]) => ({
      topic,
      partitions: [...numbers],
    }));
    if (partitions.length > 0) this.#consumer.pause(partitions);
  }

  async #watch(): Promise<void> {
    const { brokers, pipeline } = this.#options;
    const known = new Map([...this.#topics].map(([name, { id }]) => [name, id]));
    const watch = new TopicWatch(known, pipeline.topics);
    let askAt = Date.now() + askTopicsEveryMs;
    while (!this.#over) {
      await Promise.race([delay(watchEveryMs, undefined, { ref: false }), this.#ended]);
      if (this.#over) return;
      this.#assignment.tick(this.#consumer.paused());
      if (Date.now() < askAt) continue;
      askAt = Date.now() + askTopicsEveryMs;
      const topics = await selectTopics(brokers, pipeline).catch(() => null); // an outage: ask again later
      const why = topics && watch.look(topics);
      if (why) this.#end({ why, topicsChanged: true });
    }
  }
}

/** So that one fetch too many, of every partition, stays small beside the bound of all queues. */
function fetchBytes(topics: readonly SessionTopic[], { maxQueuedBytes }: GroupLimits): number {
  const partitions = topics.reduce((sum, topic) => sum + topic.partitions, 0);
  const { least, most } = bytesPerPartition;
  return Math.max(least, Math.min(most, Math.floor(maxQueuedBytes / 4 / Math.max(1, partitions))));
}
