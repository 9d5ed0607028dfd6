/**
 * The partitions that a member owns, and where each begins.
 *
 * With every join: partitions that are gone are lost at once; the others wait (*verifying*) until the committed offsets
 * and the log are known. Then a partition that we had goes on, or begins anew when somebody else had it in between; a
 * new one begins where `decideStart` says. Outages are waited out; a later join ends the work for an earlier one.
 *
 * A partition that was added to a topic waits until the group has passed, in the older ones, the offsets at which it
 * was noticed: keys have moved to it, and their older records come first.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../errors/alir-error.ts';
import { committedOffsets, type CommittedOffset } from '../committed-offsets.ts';
import { describeTopics, type PartitionRange, type TopicDescription } from '../topics.ts';
import type { FlowHost } from './flow-host.ts';
import { PartitionFlow } from './partition-flow.ts';
import type { SessionTopic } from './session-topics.ts';
import { decideStart } from './start-position.ts';
import type { GroupConsumerOptions } from './types.ts';

interface AssignedPartition {
  readonly topic: string;
  readonly partition: number;
}
type Offsets = ReadonlyMap<string, CommittedOffset>;
interface PausedPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export class Assignment {
  readonly #host: FlowHost;
  readonly #options: GroupConsumerOptions;
  readonly #topics: Map<string, SessionTopic>;
  readonly #endSession: (why: string) => void;
  readonly #flows = new Map<string, PartitionFlow>();
  /** End offsets of the older partitions, by topic, when a new partition was noticed. */
  readonly #barriers = new Map<string, readonly PartitionRange[]>();
  #assigned: readonly AssignedPartition[] = [];
  #memberId = '';
  #generation = 0;
  #assigning = false;
  #stopping = false;
  #over = false;
  /** Topics whose epoch this session ended because their log was cut off. */
  readonly #reopened = new Set<string>();

  constructor(
    host: FlowHost,
    options: GroupConsumerOptions,
    topics: ReadonlyMap<string, SessionTopic>,
    endSession: (why: string) => void,
  ) {
    this.#host = host;
    this.#options = options;
    this.#topics = new Map(topics);
    this.#endSession = endSession;
  }

  get size(): number {
    return this.#assigned.length;
  }

  flow(topic: string, partition: number): PartitionFlow | undefined {
    return this.#flows.get(nameOf({ topic, partition }));
  }

  /** By topic and number. */
  flows(): PartitionFlow[] {
    return [...this.#flows.values()].sort(
      (a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition,
    );
  }

  /** A generation of the group begins. Synchronous: what is lost must not commit any more from here on. */
  joined(memberId: string, assignment: Readonly<Record<string, readonly number[]>>): void {
    this.#generation++;
    this.#assigned = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    const names = new Set(this.#assigned.map(nameOf));
    // Another member id: we were taken for dead, and somebody else may have had everything.
    const sameMember = memberId === this.#memberId;
    this.#memberId = memberId;
    for (const [name, flow] of this.#flows) {
      if (sameMember && names.has(name)) flow.verify();
      else this.#lose(name, flow);
    }
    this.#host.logger.info(
      { generation: this.#generation, partitions: [...names].sort() },
      'joined the consumer group',
    );
    void this.#assign();
  }

  loseAll(): void {
    this.#over = true;
    this.#generation++;
    for (const [name, flow] of this.#flows) this.#lose(name, flow);
  }

  /** Begins no other batch; resolves when those in flight are committed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const flows = this.flows();
    for (const flow of flows) {
      flow.stop();
      this.#host.pause(flow);
    }
    await Promise.all(flows.map((flow) => flow.done));
  }

  /** Looks after what waits: partitions without a position yet, and those that kafkajs paused by itself. */
  tick(paused: readonly PausedPartitions[]): void {
    if (this.#assigned.some((each) => !this.#flows.has(nameOf(each)))) void this.#assign();
    for (const { topic, partitions } of paused) {
      for (const partition of partitions) {
        const flow = this.flow(topic, partition);
        if (flow?.fetching && !this.#assigning) {
          void this.#outOfRange(flow).catch((error: unknown) => this.#warn('checking a partition', error));
        }
      }
    }
  }

  #lose(name: string, flow: PartitionFlow): void {
    this.#flows.delete(name);
    flow.lose();
  }

  async #assign(): Promise<void> {
    if (this.#assigning) return; // it looks at the generation again when it is through
    this.#assigning = true;
    try {
      while (!this.#over) {
        try {
          if (await this.#place(this.#generation)) return;
        } catch (error) {
          this.#warn('finding the positions', error);
          await delay(1_000);
        }
      }
    } finally {
      this.#assigning = false;
    }
  }

  /** One attempt to give every assigned partition its position; false when a newer generation came in between. */
  async #place(generation: number): Promise<boolean> {
    const byTopic = new Map<string, AssignedPartition[]>();
    for (const each of this.#assigned) byTopic.set(each.topic, [...(byTopic.get(each.topic) ?? []), each]);
    if (byTopic.size === 0) return true;
    await Promise.all(this.flows().map((flow) => flow.commitSettled()));
    const descriptions = await describeTopics(this.#options.brokers, [...byTopic.keys()]);
    const all = new Map(
      descriptions.map(({ name, partitions }) => [name, partitions.map((each) => each.partition)]),
    );
    const committed = await committedOffsets(this.#options.brokers, this.#options.pipeline.group, all);
    if (generation !== this.#generation) return false;
    for (const description of descriptions) {
      const topic = this.#topics.get(description.name);
      if (topic?.id !== description.id) {
        this.#endSession(`the topic ${description.name} is not the one that the session began with`);
        return true;
      }
      for (const { partition } of byTopic.get(description.name) ?? []) {
        const flow = this.flow(topic.name, partition);
        if (flow?.verifying && flow.agreesWith(committed.get(nameOf(flow))?.offset ?? null)) flow.verified();
        else if (flow?.verifying) this.#lose(nameOf(flow), flow);
        if (this.flow(topic.name, partition) || this.#stopping) continue;
        const start = await this.#start(topic, partition, description, committed);
        if (generation !== this.#generation) return false;
        if (start) this.#begin(start);
      }
    }
    return true;
  }

  #begin(flow: PartitionFlow): void {
    this.#flows.set(nameOf(flow), flow);
    flow.verified();
    void flow.done.catch((error: unknown) => this.#endSession(`a partition failed: ${messageOf(error)}`));
  }

  /** A flow at the position where the partition begins; null while it has to wait for older partitions. */
  async #start(
    { name, id, partitions, recreated }: SessionTopic,
    partition: number,
    description: TopicDescription,
    offsets: Offsets,
  ): Promise<PartitionFlow | null> {
    const log = description.partitions[partition];
    if (!log) return null; // added so recently that this broker does not know it yet: the next tick tries again
    const stored = offsets.get(nameOf({ topic: name, partition })) ?? null;
    if (!stored && partition >= partitions && !this.#passedBarrier(name, partitions, description, offsets))
      return null;
    const { position, committed, gap, truncated } = decideStart({
      topicId: id,
      recreated,
      committed: stored,
      log,
    });
    const { pipeline, gaps } = this.#options;
    const topic = this.#topics.get(name)!;
    if (gap) {
      const { epoch } = topic;
      await gaps.recordGap({ pipeline: pipeline.name, topic: name, topicId: id, epoch, partition, ...gap });
      this.#host.logger.warn({ topic: name, partition, ...gap }, 'offsets are gone: recorded as a gap');
    }
    if (truncated && topic.epoch === this.#topics.get(name)!.epoch)
      await this.#beginEpoch(topic, description);
    const { epoch } = this.#topics.get(name)!;
    this.#host.logger.info({ topic: name, partition, epoch, position, committed }, 'partition assigned');
    return new PartitionFlow(this.#host, { topic: name, topicId: id, epoch, partition, position, committed });
  }

  async #beginEpoch(topic: SessionTopic, { partitions }: TopicDescription): Promise<void> {
    const epoch = await this.#options.epochs.begin(topic.name, {
      topicId: topic.id,
      partitions: partitions.length,
      firstOffsets: partitions.map(({ start }) => start),
      replaces: topic.epoch,
    });
    this.#reopened.add(topic.name);
    this.#topics.set(topic.name, { ...topic, epoch });
  }

  #passedBarrier(name: string, older: number, { partitions }: TopicDescription, offsets: Offsets): boolean {
    const barrier = this.#barriers.get(name) ?? partitions.slice(0, older);
    if (!this.#barriers.has(name)) {
      this.#barriers.set(name, barrier);
      this.#host.logger.info({ topic: name, partitions: partitions.length, older }, 'partitions were added');
    }
    return barrier.every(({ partition, start, end }) => {
      const reached = offsets.get(nameOf({ topic: name, partition }))?.offset ?? start;
      return reached >= end;
    });
  }

  /** Retention overtook us, or the log was cut off: kafkajs has paused the partition (see kafkajs.ts). */
  async #outOfRange(flow: PartitionFlow): Promise<void> {
    const { topic, topicId, epoch, partition } = flow;
    const [description] = await describeTopics(this.#options.brokers, [topic]);
    const log = description?.partitions[partition];
    if (description?.id !== topicId || !log)
      return this.#endSession(`the topic ${topic} was made again or vanished`);
    if (flow.queue.end > log.high) return this.#endSession(`the log of ${topic}/${partition} was cut off`);
    const { end } = flow.queue;
    if (end < log.start) {
      const gap = {
        first: end,
        last: log.start - 1,
        why: `retention removed the offsets before ${log.start}`,
      };
      const at = { pipeline: this.#options.pipeline.name, topic, topicId, epoch, partition };
      await this.#options.gaps.recordGap({ ...at, ...gap });
      this.#host.logger.warn({ topic, partition, ...gap }, 'offsets are gone: recorded as a gap');
      if (!flow.fetching || flow.queue.end !== end) return;
      flow.jump(log.start);
    }
    if (flow.fetching) this.#host.resume(flow);
  }

  #warn(doing: string, error: unknown): void {
    this.#host.logger.warn({ reason: messageOf(error) }, `${doing} failed, trying again`);
  }
}

function nameOf({ topic, partition }: AssignedPartition): string {
  return `${topic}/${partition}`;
}
