/**
 * What the sandboxed workflows, the activities and the clients share: types, names, ids. No side effects.
 */
import { defineSearchAttributeKey } from '@temporalio/common';
import type { BatchCounts } from '../src/pipelines/counts.ts';
import type { Flag, RecordRange } from '../src/pipelines/range.ts';

/**
 * Activities of live and backfill traffic wait in different queues, so that a backfill never starves live orders.
 * Workflow tasks all wait in the live one: they take a millisecond, and a second sandbox takes 20 MB.
 */
export const taskQueues = { live: 'alir-live', backfill: 'alir-backfill' } as const;

/** Where a batch lies. Rows never enter Temporal: this range is all that a history holds of them. */
export interface BatchRange extends RecordRange {
  readonly pipeline: string;
  readonly epoch: number;
}

export interface ProcessBatchInput {
  readonly range: BatchRange;
  readonly flag: Flag;
  /** Stamped on every row of the batch, ISO 8601 UTC: a re-computation gives the same bytes. */
  readonly syncAt: string;
}

/** What an activity gets: the workflow's input and the run that asks, which makes the audit row unique. */
export interface BatchTask extends ProcessBatchInput {
  readonly run: string;
}

export interface TransformCounts {
  readonly rows: number;
  readonly good: number;
  readonly ignored: number;
  readonly bad: number;
}

export interface EtlActivities {
  /** Decodes, validates and transforms the range; leaves the result in the worker's cache for `upsertBatch`. */
  transformBatch(task: BatchTask): Promise<TransformCounts>;
  /** Applies the range to its table, with counts, dead letters and audit row in one transaction, then publishes. */
  upsertBatch(task: BatchTask): Promise<BatchCounts>;
}

/** One reading of a source table into its replica. */
export interface LoadTableInput {
  readonly database: string;
  readonly table: string;
  /** Number of the load, see etl_replica_tables: a later one makes an earlier one end. */
  readonly load: number;
  /** Binlog position that Maxwell must have passed before; null: none. */
  readonly waitFor: string | null;
}

export interface LoadTableResult {
  readonly rows: number;
  readonly chunks: number;
}

export interface ReplicaActivities {
  waitForMaxwell(input: LoadTableInput): Promise<void>;
  /** Reads the table from where the load stands to its end. A table that the source has not any more is emptied. */
  loadRows(input: LoadTableInput): Promise<LoadTableResult>;
  /** Reads the rows of a table that are asked for in etl_refetches. */
  refetchRows(input: RefetchInput): Promise<RefetchResult>;
}

export interface RefetchInput {
  readonly database: string;
  readonly table: string;
}

export interface RefetchResult {
  /** How many keys were asked for. */
  readonly keys: number;
  /** How many of them the source has. */
  readonly rows: number;
}

/** `cdc/refetch/<database>.<table>`: one at a time serves a table. */
export function refetchWorkflowId({ database, table }: RefetchInput): string {
  return `cdc/refetch/${database}.${table}`;
}

/** `cdc/load/<database>.<table>/<number>`: a load that was asked for runs once. */
export function loadWorkflowId({ database, table, load }: LoadTableInput): string {
  return `cdc/load/${database}.${table}/${load}`;
}

/** `<pipeline>/<topic>/<epoch>/<partition>/<first>`: a range is found by its first offset (docs/decisions). */
export function batchWorkflowId(range: BatchRange): string {
  return `${range.pipeline}/${range.topic}/${range.epoch}/${range.partition}/${range.first}`;
}

/** Memo of every `processBatch` run: who attaches to it learns from here where its range ends. */
export interface BatchMemo {
  readonly last: number;
  readonly topicId: string;
}

/** Custom search attributes; registered at start-up where they are missing. The SQL store allows three of type INT. */
export const searchAttributeKeys = {
  Pipeline: defineSearchAttributeKey('Pipeline', 'KEYWORD'),
  Topic: defineSearchAttributeKey('Topic', 'KEYWORD'),
  Partition: defineSearchAttributeKey('Partition', 'KEYWORD'),
  BackfillId: defineSearchAttributeKey('BackfillId', 'KEYWORD'),
  BackfillState: defineSearchAttributeKey('BackfillState', 'KEYWORD'),
  FirstOffset: defineSearchAttributeKey('FirstOffset', 'INT'),
  DeadLettered: defineSearchAttributeKey('DeadLettered', 'INT'),
} as const;

/** Ranges of the past that are read from Kafka again, page by page. */
export interface ReplayInput {
  readonly backfillId: string;
  /** In the order of the plan; their ends are fixed. */
  readonly ranges: readonly BatchRange[];
  readonly syncAt: string;
  /** Rows whose position equals the change's are written again. */
  readonly rewrite: boolean;
  readonly sink: ReplaySink;
  /** Computes and compares, changes nothing. */
  readonly dryRun: boolean;
  /** Offsets of one page at most. */
  readonly pageOffsets: number;
  readonly maxRowsPerSecond: number | null;
  /** What earlier runs of the same workflow have done. */
  readonly done?: ReplayDone;
}

export type ReplaySink = 'table' | 'topic' | 'both';

export interface ReplayDone {
  /** For each range the first offset that is still to be done. */
  readonly next: readonly number[];
  readonly counts: BatchCounts;
  readonly paused: boolean;
}

export type BackfillState = 'running' | 'paused' | 'completed' | 'cancelled' | 'failed';

export interface BackfillProgress<Counts = BatchCounts> {
  readonly state: BackfillState;
  /** Offsets of all ranges together, or about how many rows the source has; and how many of them are done. */
  readonly total: number;
  readonly done: number;
  readonly counts: Counts;
  readonly maxRowsPerSecond: number | null;
}

/** One page of a replay. The backfill's id stands for the run: a page that is tried again is counted once. */
export interface ReplayPage extends BatchTask {
  readonly rewrite: boolean;
  readonly sink: ReplaySink;
  readonly dryRun: boolean;
}

export interface BackfillActivities {
  replayPage(page: ReplayPage): Promise<BatchCounts>;
  /** Reads and applies the next rows of a table, for some seconds. */
  backfillSlice(
    slice: BackfillSliceTask,
  ): Promise<{ readonly counts: BatchCounts; readonly isDone: boolean }>;
  /** Writes down what has become of a backfill. */
  recordBackfill(id: string, state: BackfillState, counts: BatchCounts, reason: string | null): Promise<void>;
}

/** Tables that are read from the source, as far as the plan's keys go; those are in etl_backfills, not here. */
export interface BackfillTableInput {
  readonly backfillId: string;
  readonly tables: readonly {
    readonly database: string;
    readonly table: string;
    /** Rows of this table that may be deleted; absent: as of all. */
    readonly mostDeletes?: number;
  }[];
  /** About how many there are, for people. */
  readonly rows: number;
  readonly maxRowsPerSecond: number | null;
  /** Rows of one table that may be deleted; null: any number. */
  readonly mostDeletes: number | null;
  /** Through Maxwell's bootstrap; absent: straight from the source. */
  readonly via?: 'maxwell';
  /** What earlier runs of the same workflow have done. */
  readonly done?: {
    readonly tables: number;
    /** Of the table in hand, through Maxwell. */
    readonly chunks?: number;
    readonly counts: BatchCounts;
    readonly paused: boolean;
  };
}

export interface BackfillSliceTask {
  readonly backfillId: string;
  readonly database: string;
  readonly table: string;
  readonly maxRowsPerSecond: number | null;
  readonly mostDeletes: number | null;
  /** What is counted already: the result is what has come to it. */
  readonly counted: BatchCounts;
}

export interface BootstrapChunkTask {
  readonly backfillId: string;
  readonly database: string;
  readonly table: string;
  /** Number of the chunk in its table: one that is over is not done again. */
  readonly chunk: number;
  readonly maxRowsPerSecond: number | null;
}

export interface BootstrapActivities {
  /** Has Maxwell send the next rows of a table, and waits until they are applied. */
  bootstrapChunk(
    task: BootstrapChunkTask,
  ): Promise<{ readonly counts: BatchCounts; readonly isDone: boolean }>;
}

/** `backfill/<id>` */
export function backfillWorkflowId(id: string): string {
  return `backfill/${id}`;
}

/** One comparison of a source table with its replica. */
export interface VerifyTableInput {
  readonly id: string;
  readonly database: string;
  readonly table: string;
  /** How long to wait for rows in flight, at most. */
  readonly settleMs: number;
  readonly repair: boolean;
  /** Repair even where many rows of the replica go. */
  readonly allowDeletes: boolean;
}

/** What a schedule starts: every run makes its own id. */
export type ScheduledVerifyInput = Omit<VerifyTableInput, 'id'>;

/** How a comparison stands. Keys stay in etl_verifications: they are personal data. */
export interface VerifyTableResult {
  readonly state: 'running' | 'equal' | 'different' | 'failed';
  readonly rows: number;
  readonly missing: number;
  readonly surplus: number;
  readonly different: number;
  /** Why it could not be compared or repaired. */
  readonly reason: string | null;
}

/** What a repair has done: the differing rows are read from the source, or a load of the whole table is asked for. */
export type TableRepair =
  | { readonly kind: 'keys' }
  | { readonly kind: 'load'; readonly load: number }
  | { readonly kind: 'none'; readonly reason: string };

export interface VerifyActivities {
  beginComparison(input: VerifyTableInput): Promise<void>;
  /** Compares the next part of the table; over when the state is not 'running'. */
  compareRows(input: VerifyTableInput): Promise<VerifyTableResult>;
  /** Compares the keys again that were found to differ. */
  compareKeys(input: VerifyTableInput): Promise<VerifyTableResult>;
  startRepair(input: VerifyTableInput): Promise<TableRepair>;
  isLoaded(input: VerifyTableInput): Promise<boolean>;
}

/**
 * Id of a backfill, a verification or a redrive: when it began, and something that tells apart those of the same second.
 * Sorts by time, and can be read out on the telephone: 20261125-083012-7f3a.
 */
export function runId(at: Date, distinction: string): string {
  const [day = '', time = ''] = at.toISOString().split('T');
  return `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${distinction}`;
}

/** `cdc/verify/<database>.<table>/<id>` */
export function verifyWorkflowId({ database, table, id }: VerifyTableInput): string {
  return `cdc/verify/${database}.${table}/${id}`;
}
