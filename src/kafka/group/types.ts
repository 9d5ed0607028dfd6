import type { Logger } from '../../observability/logger.ts';
import type { RecordRange, SourceRecord } from '../../pipelines/record.ts';
import type { BatchCache } from '../batch-cache.ts';
import type { Brokers } from '../brokers.ts';
import type { KafkaSettings } from '../kafkajs-client.ts';

/** A batch that was cut. `first` is the fetch position, `last` the position after the batch minus one. */
export interface BatchDescriptor extends RecordRange {
  readonly epoch: number;
  /** Records in the range. */
  readonly rows: number;
  /** Bytes of their keys, values and headers. */
  readonly bytes: number;
}

export interface BatchRunner {
  /**
   * Runs a batch to completion, durably. Resolves with the `last` that was really processed: an earlier run of the
   * same `first` may have ended elsewhere, before or after. Rejects when the signal is aborted (the partition was lost,
   * or this process stops); the run itself goes on then and the partition's next owner attaches to it. Rejects with
   * AlirError RANGE_GONE when retention was faster: the session ends, and the next one records the gap. A rejection
   * for any other reason is taken for a bug: it is logged, and the same batch is run again.
   */
  run(batch: BatchDescriptor, signal: AbortSignal): Promise<{ readonly last: number }>;
}

export interface TopicEpoch {
  readonly epoch: number;
  readonly topicId: string;
  /** Partitions that the topic had when the epoch began. */
  readonly partitions: number;
  /** Log start of each of them then. */
  readonly firstOffsets: readonly number[];
}

export interface EpochStore {
  current(topic: string): Promise<TopicEpoch | null>;
  /**
   * Begins the epoch after `replaces` (null: the topic's first, number 1) and returns its number. When another
   * process has begun one meanwhile, so that `replaces` is not the current epoch any more, changes nothing and returns
   * the current one's number.
   */
  begin(
    topic: string,
    next: Omit<TopicEpoch, 'epoch'> & { readonly replaces: number | null },
  ): Promise<number>;
}

/** Offsets that nobody will read any more. */
export interface Gap {
  readonly pipeline: string;
  readonly topic: string;
  readonly topicId: string;
  readonly epoch: number;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  /** One sentence. */
  readonly why: string;
}

export interface GapRecorder {
  /** Idempotent by all fields but `why`: it is called again when its first call failed or its effect was not seen. */
  recordGap(gap: Gap): Promise<void>;
}

export interface GroupLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly lingerMs: number;
  /** Bytes of records that wait in the queues of all partitions together, roughly. */
  readonly maxQueuedBytes: number;
  /** Time that `stop()` gives to batches in flight. */
  readonly graceMs: number;
}

/** Which topics a pipeline reads. */
export interface TopicSelection {
  /** By name; one that does not exist is waited for. */
  readonly topics: readonly string[];
  /**
   * Beside `topics`, every topic whose name it matches: new ones are read within seconds, and one that was deleted is
   * not missed. It may match anywhere in the name, so anchor it.
   */
  readonly topicPattern?: RegExp;
}

export interface GroupConsumerOptions {
  readonly config: KafkaSettings;
  readonly brokers: Brokers;
  readonly pipeline: TopicSelection & { readonly name: string; readonly group: string };
  readonly cache: BatchCache<readonly SourceRecord[]>;
  readonly runner: BatchRunner;
  readonly epochs: EpochStore;
  readonly gaps: GapRecorder;
  readonly logger: Logger;
  /** Absent: from the settings. */
  readonly limits?: GroupLimits;
}

/** What a partition is doing, for status pages and metrics. */
export interface PartitionSnapshot {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  /** First offset that is not known to be processed. */
  readonly position: number;
  /** Offset that the next record gets, as of the last fetch; null before the first. */
  readonly highWatermark: number | null;
  readonly queuedRows: number;
  readonly queuedBytes: number;
  readonly inFlight: { readonly first: number; readonly last: number; readonly rows: number } | null;
  /** Since when the batch in flight runs, milliseconds since 1970; null: none. */
  readonly waitingSince: number | null;
  /** Timestamp of the first record that is in flight or queued, milliseconds since 1970; null: there is none. */
  readonly oldestTimestamp: number | null;
  /** Why nothing is fetched: the queue is full, its position is being verified after a rejoin, or we are stopping. */
  readonly paused: 'full' | 'verifying' | 'stopping' | null;
}

export interface GroupConsumer {
  /** Resolves when batches in flight are committed or handed over and the group is left. */
  stop(): Promise<void>;
  /** Assigned partitions, by topic and number. */
  state(): PartitionSnapshot[];
  /** Topics that are read by name and do not exist yet. */
  missingTopics(): readonly string[];
}
