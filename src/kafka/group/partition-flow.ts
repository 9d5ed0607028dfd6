/**
 * One assigned partition: cuts what was fetched into batches and runs them, one after the other.
 *
 * States. *Fetching*: records come in. *Full*: the queue holds two batches, kafkajs is paused until one is cut.
 * *Verifying*: the group was joined again and the partition is ours as before, but whether somebody else had it in
 * between is not known yet; nothing is cut and nothing is committed until the session has compared the committed
 * offset. *Stopping*: the batch in hand is finished, no other is begun. *Lost*: the partition belongs to somebody
 * else, or the session ended; a batch in flight goes on in Temporal and is dropped here, and nothing is ever
 * committed again.
 *
 * A batch: cut → topic id asked (after the fetch: its records are of this very topic) → run → queue moved to where the
 * run really ended → topic id asked again → committed. A commit is tried until it succeeds or the partition is lost.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AlirError, messageOf } from '../../errors/alir-error.ts';
import type { SourceRecord } from '../../pipelines/record.ts';
import { unlessAborted } from './unless-aborted.ts';
import { RecordQueue, type Cut } from './record-queue.ts';
import type { FlowHost, FlowStart } from './flow-host.ts';
import type { BatchDescriptor, PartitionSnapshot } from './types.ts';

export class PartitionFlow {
  readonly topic: string;
  readonly topicId: string;
  readonly epoch: number;
  readonly partition: number;
  readonly queue: RecordQueue;
  readonly #host: FlowHost;
  readonly #lost = new AbortController();
  #committed: number | null;
  #attempted: number | null = null;
  #commit: Promise<void> = Promise.resolve();
  #position: number;
  #highWatermark: number | null = null;
  #inFlight: BatchDescriptor | null = null;
  #inFlightSince: number | null = null;
  #inFlightOldest: number | null = null;
  #full = false;
  #verifying = false;
  #stopping = false;
  #changed: () => void = () => undefined;
  #done: Promise<void> | null = null;

  constructor(host: FlowHost, start: FlowStart) {
    this.#host = host;
    this.topic = start.topic;
    this.topicId = start.topicId;
    this.epoch = start.epoch;
    this.partition = start.partition;
    this.queue = new RecordQueue(start.position);
    this.#position = start.position;
    this.#committed = start.committed;
  }

  /** Resolves when the flow has ended: lost, or stopped with its last batch committed. */
  get done(): Promise<void> {
    return (this.#done ??= this.#work());
  }
  get verifying(): boolean {
    return this.#verifying;
  }
  get lost(): boolean {
    return this.#lost.signal.aborted;
  }
  /** Whether kafkajs is meant to fetch this partition now. */
  get fetching(): boolean {
    return !this.lost && !this.#full && !this.#verifying && !this.#stopping;
  }

  /** Takes what a fetch from `from` brought. False when that is not where this partition stands. */
  accept(from: number, records: readonly SourceRecord[], next: number, highWatermark: number): boolean {
    if (!this.fetching || from !== this.queue.end) return false;
    this.#highWatermark = highWatermark;
    this.queue.append(records, next);
    const { maxRows } = this.#host.limits;
    if (this.queue.rows >= maxRows * 2 || this.queue.bytes >= this.#host.queueBytes()) {
      this.#full = true;
      this.#host.pause(this);
    }
    this.#changed();
    return true;
  }

  /** Holds cuts and commits until {@link verified}: the group was joined again. */
  verify(): void {
    this.#verifying = true;
  }

  /** Resolves when no commit is under way. */
  async commitSettled(): Promise<void> {
    await this.#commit.catch(() => undefined);
  }

  /** Whether the group's committed offset is where this flow left it, so that nobody else had the partition. */
  agreesWith(committed: number | null): boolean {
    return committed === this.#committed || (committed !== null && committed === this.#attempted);
  }

  /** The partition was ours all the time: goes on where it was. */
  verified(): void {
    this.#verifying = false;
    this.#host.seek(this, this.queue.end);
    if (this.fetching) this.#host.resume(this);
    this.#changed();
  }

  /** Goes on at a later position, behind offsets that are gone. */
  jump(position: number): void {
    this.queue.jump(position);
    this.#host.seek(this, position);
    this.#changed();
  }

  /** Begins no other batch. */
  stop(): void {
    this.#stopping = true;
    this.#changed();
  }

  /** The partition is somebody else's, or the session ended. */
  lose(): void {
    this.#lost.abort(new Error(`${this.topic}/${this.partition} is no longer assigned`));
    this.queue.clear(this.queue.end);
    this.#changed();
  }

  snapshot(): PartitionSnapshot {
    const { first, last, rows } = this.#inFlight ?? { first: 0, last: 0, rows: 0 };
    return {
      topic: this.topic,
      partition: this.partition,
      epoch: this.epoch,
      position: this.#position,
      highWatermark: this.#highWatermark,
      queuedRows: this.queue.rows,
      queuedBytes: this.queue.bytes,
      inFlight: this.#inFlight && { first, last, rows },
      waitingSince: this.#inFlightSince,
      oldestTimestamp: this.#inFlightOldest ?? this.queue.oldestTimestamp,
      paused: this.#stopping ? 'stopping' : this.#verifying ? 'verifying' : this.#full ? 'full' : null,
    };
  }

  async #work(): Promise<void> {
    for (let cut = await this.#nextCut(); cut; cut = await this.#nextCut()) {
      this.#resumeWhenRoom();
      const last = await this.#run(cut);
      if (last === null) return;
      this.#position = last + 1;
      if (last < cut.last) {
        this.queue.clear(last + 1);
        this.#host.seek(this, last + 1);
      } else if (this.queue.dropBefore(last + 1)) {
        this.#host.seek(this, last + 1);
      }
      this.#resumeWhenRoom();
      await this.#commitUntilDone(last + 1);
    }
  }

  /** The next batch when it is time for it; null when there will be none. */
  async #nextCut(): Promise<Cut | null> {
    let idle = false;
    while (!this.lost && !this.#stopping) {
      let wait = Infinity;
      if (!this.#verifying && this.queue.rows > 0) {
        wait = this.#timeToCut(idle);
        if (wait <= 0) return this.queue.cut(this.#host.limits);
      } else if (!this.#verifying) {
        idle = true;
        // Transaction markers at the end of the log would else count as lag until the next record.
        if (this.#caughtUp && this.queue.skipHoles()) {
          this.#position = this.queue.start;
          await this.#commitUntilDone(this.queue.start);
          continue;
        }
      }
      await this.#change(wait);
    }
    return null;
  }

  get #caughtUp(): boolean {
    return this.#highWatermark !== null && this.queue.end >= this.#highWatermark;
  }

  /** A full batch goes at once, and what meets an idle partition if it is all there is; else the linger decides. */
  #timeToCut(idle: boolean): number {
    const { maxRows, maxBytes, lingerMs } = this.#host.limits;
    const { queue } = this;
    if (queue.rows >= maxRows || queue.bytes >= maxBytes || queue.jumps || this.#full) return 0;
    if (idle && this.#caughtUp) return 0;
    return (queue.waitingSince ?? 0) + lingerMs - Date.now();
  }

  /** Waits for something to happen, `milliseconds` at most. */
  #change(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = milliseconds === Infinity ? null : setTimeout(resolve, milliseconds);
      this.#changed = () => {
        if (timer) clearTimeout(timer);
        resolve();
      };
    });
  }

  #resumeWhenRoom(): void {
    const { maxRows } = this.#host.limits;
    if (!this.#full || this.queue.rows >= maxRows || this.queue.bytes >= this.#host.queueBytes() / 2) return;
    this.#full = false;
    if (this.fetching) this.#host.resume(this);
  }

  /** Runs a batch; resolves with the offset where it really ended, or null when the partition was lost meanwhile. */
  async #run({ first, last, records, bytes }: Cut): Promise<number | null> {
    const { topic, topicId, epoch, partition } = this;
    const { cache, runner, logger } = this.#host;
    const batch = { topic, topicId, epoch, partition, first, last, rows: records.length, bytes };
    this.#inFlight = batch;
    this.#inFlightSince = Date.now();
    this.#inFlightOldest = records[0]?.timestamp ?? null;
    try {
      while (await this.#mayGoOn()) {
        cache.put(batch, records, bytes);
        try {
          const ended = await unlessAborted(runner.run(batch, this.#lost.signal), this.#lost.signal);
          return this.lost ? null : (ended?.last ?? null);
        } catch (error) {
          if (this.lost) return null;
          if (error instanceof AlirError && error.code === 'RANGE_GONE') {
            this.#host.end(error.message); // the next session records the gap and begins behind it
            return null;
          }
          const reason = messageOf(error);
          logger.error({ topic, partition, first, last, reason }, 'a batch could not be run');
          await this.#pauseUnlessLost(1_000);
        }
      }
      return null;
    } finally {
      cache.delete(batch);
      this.#inFlight = null;
      this.#inFlightSince = null;
      this.#inFlightOldest = null;
    }
  }

  /** Waits until the partition is known to be ours and its topic to be the same; false when either is not so. */
  async #mayGoOn(): Promise<boolean> {
    while (!this.lost) {
      if (this.#verifying) await this.#change(Infinity);
      else if (!(await this.#host.topicUnchanged(this))) return false;
      else if (!this.#verifying) return !this.lost;
    }
    return false;
  }

  async #pauseUnlessLost(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#lost.signal }).catch(() => undefined);
  }

  async #commitUntilDone(position: number): Promise<void> {
    for (let attempt = 0; await this.#mayGoOn(); attempt++) {
      try {
        this.#attempted = position;
        this.#commit = this.#host.commit(this, position);
        await this.#commit;
        this.#committed = position;
        return;
      } catch (error) {
        const { topic, partition } = this;
        const reason = messageOf(error);
        this.#host.logger.debug({ topic, partition, position, reason }, 'commit failed');
        await this.#pauseUnlessLost(Math.min(50 * 2 ** attempt, 1_000));
      }
    }
  }
}
