import type { RecordRange } from '../pipelines/record.ts';

/** Which part of the past a backfill runs again, as the user named it. Several may be combined: their intersection. */
export interface Selector {
  readonly pipeline: string;
  /** Table of the source, for the cdc pipeline; null: all topics of the pipeline. */
  readonly table: string | null;
  readonly partition: number | null;
  /** Offsets, both inclusive. */
  readonly fromOffset: number | null;
  readonly toOffset: number | null;
  /** Milliseconds since 1970, UTC: from `since` on, and before `until`. */
  readonly since: number | null;
  readonly until: number | null;
  /** Binlog positions "file:offset", or GTIDs "uuid:number"; both inclusive. */
  readonly fromPosition: string | null;
  readonly toPosition: string | null;
  /** One key, or a range of keys (both inclusive), as JSON lists of texts; null: no bound. */
  readonly keys: { readonly low: readonly string[] | null; readonly high: readonly string[] | null } | null;
  /** Ranges of the audit trail: those that hold open dead letters, or that counted records as stale. */
  readonly batches: 'failed' | 'stale' | null;
}

/** Where the rows of a backfill come from. */
export type Via = 'kafka' | 'source' | 'maxwell';

/** Offsets of one partition that are run again; the end is fixed when it is planned. */
export interface PlannedRange extends RecordRange {
  readonly epoch: number;
}

/** What a backfill would do. Making it changes nothing. */
export interface BackfillPlan {
  readonly selector: Selector;
  readonly via: Via;
  /** Why this way serves the request, in a sentence. */
  readonly why: string;
  /** Of way `kafka`; in order of topic and partition. */
  readonly ranges: readonly PlannedRange[];
  /** Source tables of the ways `source` and `maxwell`, "database.table". */
  readonly sources: readonly string[];
  /** Tables that are written, "database.table". */
  readonly targets: readonly string[];
  /** Offsets, or rows as the source's statistics estimate them. */
  readonly rows: number;
  /** Per partition of the topics concerned: what the log still holds. */
  readonly available: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly start: number;
    readonly end: number;
  }[];
  /** Sentences about what is missing in the range: recorded gaps, offsets below the log start. */
  readonly gaps: readonly string[];
  /** What this way cannot do, or does to the values, in sentences. */
  readonly warnings?: readonly string[];
  /** At the rate of the last batches of this pipeline; null: nothing has been measured yet. */
  readonly expectedSeconds: number | null;
}
