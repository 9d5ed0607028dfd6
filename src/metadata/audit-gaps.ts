import type { History } from './history/read-history.ts';
import type { PartitionHistory } from './history/types.ts';

/** Offsets of a partition that no batch accounts for, or that were gone before they could be read. */
export interface AuditGap {
  readonly pipeline: string;
  readonly topic: string;
  readonly epoch: number;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  /** 'hole': nothing is known of them; 'lost': they were gone from the log, as `why` says. */
  readonly kind: 'hole' | 'lost';
  readonly why: string | null;
  /** When it was noted (lost), or when the batch behind it was committed (hole). */
  readonly notedAt: Date;
}

/**
 * The gaps of the audit trail. Batches begin where the one before ended, whatever offsets Kafka itself leaves out, so
 * a stretch that no batch and no replay covers was not processed.
 */
export function gapsOf({ partitions }: History): AuditGap[] {
  return partitions.flatMap((history) =>
    [
      ...holesOf(history),
      ...history.lost.map(({ at, ...span }) => ({ ...span, kind: 'lost' as const, notedAt: new Date(at) })),
    ]
      .sort((a, b) => a.first - b.first)
      .map((gap) => ({ ...history.place, ...gap })),
  );
}

type Gap = Pick<AuditGap, 'first' | 'last' | 'kind' | 'why' | 'notedAt'>;

function holesOf({ live, replayed, lost }: PartitionHistory): Gap[] {
  const holes: Gap[] = [];
  let covered: number | null = null;
  for (const { first, last, at } of [...live, ...replayed, ...lost].sort(
    (a, b) => a.first - b.first || a.at - b.at,
  )) {
    if (covered !== null && covered + 1 < first)
      holes.push({ first: covered + 1, last: first - 1, kind: 'hole', why: null, notedAt: new Date(at) });
    covered = Math.max(covered ?? last, last);
  }
  return holes;
}
