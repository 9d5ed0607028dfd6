import type { Database } from '../../mysql/connection.ts';
import { conditionOf, type LetterFilter } from './filter.ts';
import { columns, toLetter, type Letter, type Row } from './read-letters.ts';
import { isUnclosed } from './states.ts';

/** A page of a redrive. */
export interface PageOfRedrive {
  readonly redriveId: string;
  readonly page: number;
}

export interface ClaimLimits {
  /** Letters with greater ids only. */
  readonly after: bigint;
  readonly letters: number;
  /** Bytes of their values; one letter may have more. */
  readonly bytes: number;
}

/**
 * The letters of a page: those that an earlier attempt has claimed, whatever has become of them since, or else the next
 * ones that the filter means, which are claimed now. A page that was applied is thus found again until it is published.
 *
 * Whoever claims a letter that another redrive has claimed takes it over: which of them applies it, the claim decides
 * once more under the target's lock.
 */
export async function claimPage(
  database: Database,
  place: PageOfRedrive,
  filter: LetterFilter,
  limits: ClaimLimits,
): Promise<Letter[]> {
  const earlier = await claimedBy(database, place);
  if (earlier.length > 0) return earlier;
  const ids = await nextIds(database, filter, limits);
  if (ids.length === 0) return [];
  await database.$executeRawUnsafe(
    `UPDATE etl_dead_letters SET redrive_id = ?, redrive_page = ? WHERE id IN (${ids.map(() => '?').join(', ')}) AND ${isUnclosed}`,
    place.redriveId,
    place.page,
    ...ids,
  );
  return claimedBy(database, place);
}

/** The next letters that a filter means, without a claim: for a dry run. */
export async function nextLetters(
  database: Database,
  filter: LetterFilter,
  limits: ClaimLimits,
): Promise<Letter[]> {
  const ids = await nextIds(database, filter, limits);
  if (ids.length === 0) return [];
  const rows = await database.$queryRawUnsafe<Row[]>(
    `SELECT ${columns} FROM etl_dead_letters WHERE id IN (${ids.map(() => '?').join(', ')}) ORDER BY id`,
    ...ids,
  );
  return rows.map(toLetter);
}

async function claimedBy(database: Database, { redriveId, page }: PageOfRedrive): Promise<Letter[]> {
  const rows = await database.$queryRawUnsafe<Row[]>(
    `SELECT ${columns} FROM etl_dead_letters WHERE redrive_id = ? AND redrive_page = ? ORDER BY id`,
    redriveId,
    page,
  );
  return rows.map(toLetter);
}

async function nextIds(
  database: Database,
  filter: LetterFilter,
  { after, letters, bytes: mostBytes }: ClaimLimits,
): Promise<bigint[]> {
  const { sql, values } = conditionOf(filter);
  const rows = await database.$queryRawUnsafe<{ id: bigint; bytes: bigint | number }[]>(
    'SELECT id, LENGTH(header_bytes) + IFNULL(LENGTH(value_bytes), 0) + IFNULL(LENGTH(edited_value), 0) AS bytes ' +
      `FROM etl_dead_letters WHERE ${sql} AND ${isUnclosed} AND id > ? ORDER BY id LIMIT ?`,
    ...values,
    after,
    letters,
  );
  const ids: bigint[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += Number(row.bytes);
    if (ids.length > 0 && bytes > mostBytes) break;
    ids.push(row.id);
  }
  return ids;
}
