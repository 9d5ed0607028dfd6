import type { Database } from './connection.ts';

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
export async function findAuditGaps(database: Database, pipeline: string): Promise<AuditGap[]> {
  type Row = {
    topic: string;
    epoch: number;
    partition: number;
    first: bigint;
    last: bigint;
    kind: AuditGap['kind'];
    why: string | null;
    notedAt: Date;
  };
  const rows = await database.$queryRawUnsafe<Row[]>(
    'SELECT topic, epoch, `partition`, covered + 1 AS first, first_offset - 1 AS last, ' +
      "'hole' AS kind, NULL AS why, committed_at AS notedAt FROM (" +
      'SELECT topic, epoch, `partition`, first_offset, committed_at, MAX(last_offset) OVER (' +
      'PARTITION BY topic, epoch, `partition` ORDER BY first_offset, last_offset ' +
      'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered FROM etl_batches WHERE pipeline = ?) ranges ' +
      'WHERE covered + 1 < first_offset UNION ALL ' +
      'SELECT topic, epoch, `partition`, first_offset, last_offset, ' +
      "'lost', note, committed_at FROM etl_batches WHERE pipeline = ? AND kind = 'gap' " +
      'ORDER BY topic, epoch, `partition`, first',
    pipeline,
    pipeline,
  );
  return rows.map((row) => ({ ...row, pipeline, first: Number(row.first), last: Number(row.last) }));
}
