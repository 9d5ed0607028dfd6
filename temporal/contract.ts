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
