import type { Database } from '../../mysql/connection.ts';
import type { LetterStatus } from './states.ts';

/** Which dead letters are meant. Several conditions: those that meet all of them. */
export interface LetterFilter {
  readonly pipeline?: string;
  readonly code?: string;
  /** As `fieldOf` writes it: list indexes as *. */
  readonly field?: string;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  /** Milliseconds since 1970: found from then on, and before. */
  readonly since?: number;
  readonly until?: number;
  readonly ids?: readonly string[];
  /** Absent: any. */
  readonly statuses?: readonly LetterStatus[];
}

/** A condition on rows of etl_dead_letters: SQL with placeholders only, and its values. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** The condition of a filter; TRUE for one that is empty. */
export function conditionOf(filter: LetterFilter): Condition {
  const parts: Condition[] = [];
  const add = (sql: string, ...values: unknown[]): void => void parts.push({ sql, values });
  if (filter.pipeline !== undefined) add('pipeline = ?', filter.pipeline);
  if (filter.statuses !== undefined) add(`status IN (${marks(filter.statuses)})`, ...filter.statuses);
  if (filter.code !== undefined) add('code = ?', filter.code);
  if (filter.field !== undefined) add('field = ?', filter.field);
  if (filter.topic !== undefined) add('topic = ?', filter.topic);
  if (filter.partition !== undefined) add('`partition` = ?', filter.partition);
  if (filter.offset !== undefined) add('`offset` = ?', filter.offset);
  if (filter.since !== undefined) add('created_at >= ?', new Date(filter.since));
  if (filter.until !== undefined) add('created_at < ?', new Date(filter.until));
  if (filter.ids !== undefined) add(`id IN (${marks(filter.ids)})`, ...filter.ids.map(BigInt));
  return {
    sql: parts.length === 0 ? 'TRUE' : parts.map(({ sql }) => sql).join(' AND '),
    values: parts.flatMap(({ values }) => values),
  };
}

/** How many letters a filter means. */
export async function countLetters(database: Database, filter: LetterFilter): Promise<number> {
  const { sql, values } = conditionOf(filter);
  const [row] = await database.$queryRawUnsafe<{ n: bigint }[]>(
    `SELECT COUNT(*) AS n FROM etl_dead_letters WHERE ${sql}`,
    ...values,
  );
  return Number(row?.n ?? 0);
}

function marks(values: readonly unknown[]): string {
  return values.length === 0 ? 'NULL' : values.map(() => '?').join(', ');
}
