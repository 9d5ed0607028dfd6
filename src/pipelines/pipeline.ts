import type { SchemaMoment } from '../cdc/schema/schema-history.ts';
import type { TableSchema } from '../cdc/schema/table-schema.ts';
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
  /**
   * SQL that makes the column's value of its text (an expression of type LONGTEXT, utf8mb4). Absent: the text itself,
   * converted on assignment, where strict mode raises what does not fit.
   */
  readonly fromText?: (text: string) => string;
  /** SQL that assigns the column a value of its own type; absent: the value itself. */
  readonly restored?: (value: string) => string;
  /** SQL that prints the column as the text that a change carries for it. Absent: CONVERT(column USING utf8mb4). */
  readonly toText?: (column: string) => string;
}

/** One column of a target table's primary key. */
export interface KeyColumn {
  readonly name: string;
  /** SQL that makes a value of the column's own type and collation of its text, so that the index is used. */
  readonly fromText: (text: string) => string;
  /**
   * Of an ENUM: its values in their order, `''` for the invalid one too. Every bound of keys goes by it, on both sides
   * (src/cdc/types/key-order.ts). Absent: values are in the order in which the server compares and sorts them.
   */
  readonly labels?: readonly string[];
  /** The table that is read sorts them otherwise: it is the replica's, and its ENUM lists them in another order. */
  readonly isSortedOtherwise?: boolean;
  /** SQL of a value as it is assigned to the column; absent: as `fromText` makes it. */
  readonly stored?: (text: string) => string;
  /** Of a type in which different texts may be equal (case, trailing spaces): then the newer text replaces the older. */
  readonly isCollated?: boolean;
  /** Whether a text is one that `fromText` takes as it is; absent: all are. What it cuts would hit another row. */
  readonly accepts?: (text: string) => boolean;
}

/** A table that a pipeline writes. Its version columns order the changes of one key, most significant first. */
export interface TargetTable {
  /** Database of the table; absent: that of the bookkeeping (app_consumer). */
  readonly database?: string;
  readonly name: string;
  /** The primary key, in its order. */
  readonly key: readonly KeyColumn[];
  /** The columns that are neither key nor version. */
  readonly columns: readonly TargetColumn[];
  readonly versionColumns: readonly string[];
}

/** One text per key column of the table, in the same order: a value has one text only (no leading zeros, …). */
export type Key = readonly string[];

/** One number per version column of the table, in the same order. */
export type Version = readonly number[];

/** A message for the pipeline's output topic. Who publishes it adds headers with the source's coordinates and flag. */
export interface Publication {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is wrong with one field of a record. */
export interface FieldReason {
  /** Names and list indexes from the outside in, with dots: `items.0.price`. */
  readonly path: string;
  /** Without the path: `must be a number`. */
  readonly rule: string;
}

/** Reasons that a rejection has at most: a list of thousands may be wrong in every line. */
export const mostReasons = 20;

/** Why a record goes to the dead letters. */
export interface Rejection {
  readonly code: ErrorCode;
  /** One sentence without a full stop; where `reasons` are known, it is made of them. */
  readonly reason: string;
  /** By field; absent: the record as a whole is wrong. */
  readonly reasons?: readonly FieldReason[];
}

/** What became of one record. */
export type Outcome =
  | {
      readonly kind: 'upsert';
      readonly key: Key;
      readonly version: Version;
      /** Column to the text that MySQL prints for it; an absent column is NULL. Key and version columns are not repeated here. */
      readonly row: Readonly<Record<string, string>>;
      readonly publication: Publication | null;
      /**
       * The key that the row had before, when the change gave it another. The old row goes by a delete of the same
       * version; the record still counts once.
       */
      readonly replaces?: Key;
      /**
       * The row had another key before, and the former row stays: in a topic of several partitions nobody can tell
       * whether it is older than this change. It is counted.
       */
      readonly leavesFormer?: true;
    }
  | { readonly kind: 'delete'; readonly key: Key; readonly version: Version }
  | {
      readonly kind: 'ignored';
      readonly why: string;
      /** Keys of rows that are to be read from the source: the record does not tell what they hold. */
      readonly refetch?: readonly Key[];
    }
  | {
      readonly kind: 'dead';
      readonly code: ErrorCode;
      readonly reason: string;
      readonly reasons?: readonly FieldReason[];
      /** The row that the record is about, where that could be read: a newer version of it closes the letter. */
      readonly about?: { readonly key: Key; readonly version: Version };
      /** The same; also keys that cannot be read themselves, in whose place all rows are read that they may mean. */
      readonly refetch?: readonly Key[];
    };

/** What becomes of the records of one topic, and where they go. */
export interface TopicTransform {
  /** Pure: the same record and stamp give the same outcome, byte for byte. Never throws for bad data. */
  transform(record: SourceRecord, stamp: Stamp): Outcome;
  readonly table: TargetTable;
  /** Asked when records of a batch are dead: the transform that judges them once more, when more is known of them. */
  readonly reconsider?: () => Promise<TopicTransform>;
}

/** A pipeline: where records come from, what becomes of one, where it goes. */
export interface Pipeline {
  readonly name: string;
  /**
   * 'tables': it writes the tables that our migrations make. 'replica': each of its topics is a table of the source, and
   * has a copy that is made and altered after it; what Kafka does not hold can be read from the source.
   */
  readonly kind: 'tables' | 'replica';
  readonly description: string;
  /** Kafka consumer group of its live flow. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Topics beside the named ones: all that match, those that appear later too. */
  readonly topicPattern?: RegExp;
  /** Where good records are published after they are committed; null: nowhere. */
  readonly outputTopic: string | null;
  /** The tables that it writes and that our own migrations make; those of a replica are made from the source's. */
  readonly tables: readonly TargetTable[];
  /**
   * The transform of one of its topics, and the table that it is for.
   *
   * @param records the batch that is to be transformed: a replica follows the newest schema of its source
   * @throws AlirError what keeps the whole topic waiting
   */
  readonly open: (
    topic: string,
    records: readonly SourceRecord[],
    tables: ReplicaTables,
  ) => TopicTransform | Promise<TopicTransform>;
}

/** A source table that has a replica. */
export interface FoundTable {
  readonly schema: TableSchema;
  /**
   * Milliseconds since 1970. The whole table is read from the source after this moment: what an earlier change did is
   * in there, if it is still true.
   */
  readonly readAfter: number | null;
  /** How many partitions its topic had when each of its epochs began; absent: one. */
  readonly partitionsOf?: ReadonlyMap<number, number>;
  /** The definition under which a row was written; null, or absent: the table has not changed since. */
  readonly schemaAt?: (moment: SchemaMoment) => TableSchema | null;
}

/** What flows of a replica need of the world outside. */
export interface ReplicaTables {
  /**
   * The source table as it is, its replica made or changed to suit it.
   *
   * @param schemaId Maxwell's number of the schema that the batch was written under; a greater one than before means
   *   that the source has changed
   * @param writtenAtMs when that row was written to Kafka: soon after that, all that came before it is there too
   * @returns null for a table that is gone and was never seen
   * @throws AlirError TABLE_PAUSED
   */
  follow(
    database: string,
    table: string,
    schemaId: number | null,
    writtenAtMs?: number,
  ): Promise<FoundTable | null>;
  /** `readAfter` of a table, once all is known that had happened to it when `follow` read it. */
  readAfter(database: string, table: string): Promise<number | null>;
  /** Lets go of what is known: a replica was not as it was thought to be. */
  forget(): void;
  readonly replicaDatabase: string;
}

/** The dead-letter topic that belongs to a source topic. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}
