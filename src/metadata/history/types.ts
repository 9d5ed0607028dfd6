/**
 * What the audit trail says of a partition, in a form that stays small however long it grows: etl_batch_totals holds it
 * up to a mark, and whoever asks adds the rows behind the mark.
 */
import type { BatchCounts } from '../../pipelines/counts.ts';
import type { PartitionOfPipeline } from '../batches.ts';

/** A row of etl_batches. */
export interface AuditRow extends PartitionOfPipeline {
  readonly id: number;
  readonly kind: 'batch' | 'gap';
  readonly flag: string;
  readonly first: number;
  readonly last: number;
  readonly counts: BatchCounts;
  /** Positions of its first and its last change in the source's binlog, "file:offset"; null: they do not tell. */
  readonly from: string | null;
  readonly to: string | null;
  readonly note: string | null;
  /** When it was committed, milliseconds since 1970 by the clock of the database. */
  readonly at: number;
}

/** Offsets without a hole, both ends inclusive. */
export interface Span {
  readonly first: number;
  readonly last: number;
  /** When the batch that begins with `first` was committed, milliseconds since 1970. */
  readonly at: number;
}

/** Offsets that were gone from the log before they were read. */
export interface LostSpan extends Span {
  readonly why: string | null;
}

/** A place where the positions of the binlog went back, or on in another binlog. */
export interface Jump {
  /** First offset of the batch behind it. */
  readonly offset: number;
  readonly from: string;
  readonly to: string;
  readonly at: number;
}

/** All that is remembered of a partition. The lists are in the order of offsets, and `foldRow` changes them. */
export interface PartitionHistory {
  readonly place: PartitionOfPipeline;
  /** Live ranges, each counted by its first completed run. */
  batches: number;
  counts: Record<keyof BatchCounts, number>;
  /** What live batches account for, and what replays do. */
  readonly live: Span[];
  readonly replayed: Span[];
  readonly lost: LostSpan[];
  readonly jumps: Jump[];
  /** Last offset of the furthest live batch that tells its position, and the position there. */
  position: { readonly offset: number; readonly at: string } | null;
}
