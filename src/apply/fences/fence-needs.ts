import type { Database } from '../../mysql/connection.ts';
import { isUnclosed } from '../../metadata/dead-letters/states.ts';
import type { TopicPosition } from './delete-old-fences.ts';

/**
 * The oldest record of each topic that a redrive may still apply with its own position: a dead letter that is not closed.
 */
export async function oldestDeadLetters(
  database: Database,
  pipeline: string,
): Promise<Map<string, TopicPosition>> {
  type Row = { topic: string; epoch: number; offset: bigint };
  const rows = await database.$queryRawUnsafe<Row[]>(
    'SELECT topic, epoch, MIN(`offset`) AS `offset` FROM etl_dead_letters WHERE pipeline = ? ' +
      `AND ${isUnclosed} GROUP BY topic, epoch ORDER BY topic, epoch DESC`,
    pipeline,
  );
  return new Map(
    rows.map(({ topic, epoch, offset }) => [topic, { epoch: Number(epoch), offset: Number(offset) }]),
  );
}

/** The smaller of two positions. */
export function olderOf(a: TopicPosition, b: TopicPosition | undefined): TopicPosition {
  if (b === undefined) return a;
  return b.epoch < a.epoch || (b.epoch === a.epoch && b.offset < a.offset) ? b : a;
}
