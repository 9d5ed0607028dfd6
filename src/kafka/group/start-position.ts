import type { CommittedOffset } from '../committed-offsets.ts';
import type { PartitionRange } from '../topics.ts';

/** What is known of a partition when it is assigned. */
export interface StartFacts {
  readonly topicId: string;
  /** Whether the epoch just began because the topic was made again: what was committed before is about another topic. */
  readonly recreated: boolean;
  readonly committed: CommittedOffset | null;
  readonly log: PartitionRange;
}

export interface StartDecision {
  readonly position: number;
  /** The committed offset that counts; null: none. */
  readonly committed: number | null;
  /** Offsets that nobody will read. */
  readonly gap: { readonly first: number; readonly last: number; readonly why: string } | null;
  /** Whether the log was cut off below what had been read: its offsets are used a second time. */
  readonly truncated: boolean;
}

/**
 * Where to begin: at the committed offset if it lies in the log of this very topic, else at the log's start.
 *
 * Alir commits the topic's id along with the offset. An offset with another id was committed for a topic that was
 * deleted since; one without an id comes from another tool and is believed unless the topic was just made again.
 */
export function decideStart({ topicId, recreated, committed, log }: StartFacts): StartDecision {
  const atStart = { position: log.start, committed: null, gap: null, truncated: false };
  if (!committed) return atStart;
  if (committed.metadata === '' ? recreated : committed.metadata !== topicId) return atStart;
  const { offset } = committed;
  if (offset < log.start) {
    const why = `retention removed the offsets before ${log.start}`;
    return { ...atStart, committed: offset, gap: { first: offset, last: log.start - 1, why } };
  }
  if (offset > log.high) {
    const why = `the log was cut off at ${log.high}: Alir reads it again from its start, in a new epoch`;
    return {
      ...atStart,
      committed: offset,
      gap: { first: log.high, last: offset - 1, why },
      truncated: true,
    };
  }
  return { ...atStart, position: offset, committed: offset };
}
