export type { RecordRange } from './range.ts';

/**
 * One Kafka record as both clients deliver it, codecs undone.
 *
 * Offsets are numbers: exact up to 2^53, which a partition that takes a million records a second reaches after 285
 * years. `src/kafka/offsets.ts` refuses larger ones.
 */
export interface SourceRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Record timestamp, milliseconds since 1970 UTC. */
  readonly timestamp: number;
  /** Bytes of key, value and headers, as the log holds them. */
  readonly size: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In the order they were written; a name may occur more than once. Decoded anew by every call: keep what you use. */
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}
