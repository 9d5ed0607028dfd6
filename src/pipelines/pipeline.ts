import type { ErrorCode } from '../errors/catalogue.ts';
import type { Flag } from './range.ts';
import type { SourceRecord } from './record.ts';

export type { Flag } from './range.ts';

/** What a transform stamps on a row. It comes from the workflow's input, so that a re-computation gives the same bytes. */
export interface Stamp {
  readonly flag: Flag;
  /** ISO 8601, UTC, milliseconds. */
  readonly syncAt: string;
  /** Epoch of the topic that the record came from. */
  readonly epoch: number;
}

/** One column of a target table. */
export interface TargetColumn {
  readonly name: string;
  /** 'data' columns decide whether a newer change counts as updated or unchanged; 'meta' columns (flag, sync_at) do not. */
  readonly role: 'data' | 'meta';
  /** Characters that a text column takes. A longer text is found before the database refuses a whole batch for it. */
  readonly maxLength?: number;
}

/** A table that a pipeline writes. Its version columns order the changes of one key, most significant first. */
export interface TargetTable {
  readonly name: string;
  /** The primary key: one column of type BIGINT UNSIGNED. */
  readonly keyColumn: string;
  readonly columns: readonly TargetColumn[];
  readonly versionColumns: readonly string[];
}

/** One number per version column of the table, in the same order. */
export type Version = readonly number[];

/** A message for the pipeline's output topic. Who publishes it adds headers with the source's coordinates and flag. */
export interface Publication {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What became of one record. `key` is the canonical decimal text of the primary key. */
export type Outcome =
  | {
      readonly kind: 'upsert';
      readonly key: string;
      readonly version: Version;
      /** Column to the text that MySQL prints for it; an absent column is NULL. Key and version columns are not repeated here. */
      readonly row: Readonly<Record<string, string>>;
      readonly publication: Publication | null;
      /**
       * The key that the row had before, when the change gave it another. The old row goes by a delete of the same
       * version; the record still counts once.
       */
      readonly replaces?: string;
    }
  | { readonly kind: 'delete'; readonly key: string; readonly version: Version }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'dead'; readonly code: ErrorCode; readonly reason: string };

/** A pipeline: where records come from, what becomes of one, where it goes. */
export interface Pipeline {
  readonly name: string;
  readonly description: string;
  /** Kafka consumer group of its live flow. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Pure: the same record and stamp give the same outcome, byte for byte. Never throws for bad data. */
  readonly transform: (record: SourceRecord, stamp: Stamp) => Outcome;
  readonly table: TargetTable;
  /** Where good records are published after they are committed; null: nowhere. */
  readonly outputTopic: string | null;
}

/** The dead-letter topic that belongs to a source topic. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}
