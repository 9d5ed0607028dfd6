/** A range of one partition: `first` is the fetch position, `last` the position after it minus one (holes allowed). */
export interface RecordRange {
  readonly topic: string;
  /** Kafka's UUID of the topic in its canonical text form: a topic that is re-created under its name has another. */
  readonly topicId: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

/** Why a row was written: by the live flow or by a requested re-read. */
export type Flag = 'live' | 'replay' | 'backfill' | 'redrive';
