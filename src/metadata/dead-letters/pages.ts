import type { Database } from '../../mysql/connection.ts';
import { conditionOf, type LetterFilter } from './filter.ts';
import { readLetters, type Letter } from './read-letters.ts';

const idsOfPage = 200;

/** Bytes of values that are in memory at once, unless one letter alone has more. */
const bytesOfPage = 16_000_000;

interface SizedId {
  readonly id: bigint;
  readonly bytes: number;
}

/**
 * The letters that a filter means, by id, in pages. Those that are found meanwhile are not among them: what was counted
 * before is what is worked on.
 */
export async function* pagesOf(database: Database, filter: LetterFilter): AsyncGenerator<Letter[]> {
  for await (const sized of sizedPages(database, filter)) {
    for (const ids of cutBySize(sized)) yield readLetters(database, { ...filter, ids }, { limit: idsOfPage });
  }
}

/** The ids of the letters that a filter means, in pages, without what is found meanwhile. */
export async function* idPages(database: Database, filter: LetterFilter): AsyncGenerator<bigint[]> {
  const newest = await newestId(database, filter);
  const { sql, values } = conditionOf(filter);
  for (let after = 0n; ;) {
    const rows = await database.$queryRawUnsafe<{ id: bigint }[]>(
      `SELECT id FROM etl_dead_letters WHERE ${sql} AND id > ? AND id <= ? ORDER BY id LIMIT ?`,
      ...values,
      after,
      newest,
      idsOfPage,
    );
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) yield ids;
    if (ids.length < idsOfPage) return;
    after = ids.at(-1) ?? after;
  }
}

async function* sizedPages(database: Database, filter: LetterFilter): AsyncGenerator<SizedId[]> {
  for await (const ids of idPages(database, filter)) {
    const rows = await database.$queryRawUnsafe<{ id: bigint; bytes: bigint | number }[]>(
      'SELECT id, IFNULL(LENGTH(value_bytes), 0) + IFNULL(LENGTH(edited_value), 0) AS bytes FROM etl_dead_letters ' +
        `WHERE id IN (${ids.map(() => '?').join(', ')}) ORDER BY id`,
      ...ids,
    );
    yield rows.map(({ id, bytes }) => ({ id, bytes: Number(bytes) }));
  }
}

function cutBySize(sized: readonly SizedId[]): string[][] {
  const pages: string[][] = [];
  let bytesSoFar = Infinity;
  for (const { id, bytes } of sized) {
    if (bytesSoFar + bytes > bytesOfPage) {
      pages.push([]);
      bytesSoFar = 0;
    }
    pages.at(-1)?.push(String(id));
    bytesSoFar += bytes;
  }
  return pages;
}

async function newestId(database: Database, filter: LetterFilter): Promise<bigint> {
  const { sql, values } = conditionOf(filter);
  const [row] = await database.$queryRawUnsafe<{ id: bigint | null }[]>(
    `SELECT MAX(id) AS id FROM etl_dead_letters WHERE ${sql}`,
    ...values,
  );
  return row?.id ?? 0n;
}
