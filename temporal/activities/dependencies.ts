import type { BatchCounts } from '../../src/pipelines/counts.ts';
import type { EncodeMessage, PackedOutcome } from '../../src/pipelines/packed-outcome.ts';
import type { Flow, Pipeline, TargetTable } from '../../src/pipelines/pipeline.ts';
import type { RecordRange, SourceRecord } from '../../src/pipelines/record.ts';
import type { ErrorCode } from '../../src/errors/catalogue.ts';
import type { BatchTask } from '../contract.ts';

/** A record and what became of it. */
export interface Transformed {
  readonly record: SourceRecord;
  readonly outcome: PackedOutcome;
}

/** A record that is poison, found by the transform or by the database. */
export interface DeadLetter {
  readonly record: SourceRecord;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** A batch as it waits between the two activities: the target is the one that its outcomes were packed for. */
export interface TransformedBatch {
  readonly table: TargetTable;
  readonly rows: readonly Transformed[];
}

export interface ApplyResult {
  readonly counts: BatchCounts;
  /** Positions (in the list that was applied) of rows that the table refused. */
  readonly rejected: ReadonlyMap<number, { code: ErrorCode; reason: string }>;
}

/** What the activities need of the outside world; the worker, as composition root, supplies it. */
export interface ActivityDependencies {
  readonly pipeline: (name: string) => Pipeline;
  /** The flow of a topic of a pipeline. */
  readonly open: (task: BatchTask, pipeline: Pipeline, records: readonly SourceRecord[]) => Promise<Flow>;
  /** Tells people that the batch's table waits for them. */
  readonly hold: (task: BatchTask, reason: string) => Promise<void>;
  /** The raw records of a live batch that this process fetched itself, if they are still kept. */
  readonly cachedRecords: (range: RecordRange) => readonly SourceRecord[] | undefined;
  readonly cachedOutcomes: OutcomeCache;
  /** Reads exactly the range from Kafka. */
  readonly readRange: (range: RecordRange) => Promise<readonly SourceRecord[]>;
  /** Encodes the messages of a batch for its pipeline's output topic. */
  readonly encodeFor: (task: BatchTask) => EncodeMessage;
  readonly apply: (task: BatchTask, batch: TransformedBatch) => Promise<ApplyResult>;
  readonly publish: (pipeline: Pipeline, rows: readonly Transformed[]) => Promise<void>;
  readonly publishDeadLetters: (task: BatchTask, letters: readonly DeadLetter[]) => Promise<void>;
}

/** Transformed batches between the two activities of one run, in this process. */
export interface OutcomeCache {
  get(task: BatchTask): TransformedBatch | undefined;
  put(task: BatchTask, batch: TransformedBatch): void;
  delete(task: BatchTask): void;
}
