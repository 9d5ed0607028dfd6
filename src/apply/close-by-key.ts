import { closeLetters, type Closing } from '../metadata/dead-letters/close-letters.ts';
import { openStatuses } from '../metadata/dead-letters/states.ts';
import { lockTarget, targetName } from '../metadata/targets.ts';
import type { Database } from '../mysql/connection.ts';
import { inTransaction } from '../mysql/transaction.ts';
import type { KeyText } from '../pipelines/packed-outcome.ts';
import type { TargetTable, Version } from '../pipelines/pipeline.ts';
import { compareVersions, type Change } from './changes.ts';
import { lookAtHeld } from './write-changes.ts';

/** An open letter that tells which row it is about. */
interface KeyedLetter {
  readonly id: bigint;
  readonly pipeline: string;
  readonly key: KeyText;
  readonly version: Version;
}

/** How far the letters of a target were looked at, by state. */
export type KeyCursor = Map<string, bigint>;

const lettersOfPage = 500;

/**
 * Closes letters of which the table has the row in a newer version by now (superseded), or in theirs (loaded). Of each
 * target the next ones by id, some hundred at a time, so that it costs the same however many there are.
 *
 * @param tableOf the target of a name, as the bookkeeping writes it; null: it is not known, or gone
 * @param cursor where the last call ended; it is moved on, and begins again at the end
 * @returns how many were closed
 * @throws AlirError MYSQL_*
 */
export async function closeByKey(
  database: Database,
  tableOf: (target: string) => Promise<TargetTable | null>,
  cursor: KeyCursor,
): Promise<number> {
  const targets = await database.$queryRawUnsafe<{ target: string }[]>(
    'SELECT DISTINCT target_table AS target FROM etl_dead_letters WHERE target_table IS NOT NULL',
  );
  let closed = 0;
  for (const { target } of targets)
    for (const status of openStatuses) {
      const place = `${target} ${status}`;
      const letters = await keyedLetters(database, target, status, cursor.get(place) ?? 0n);
      const isEnd = letters.length < lettersOfPage;
      cursor.set(place, isEnd ? 0n : letters.at(-1)!.id);
      const keyed = letters.flatMap((letter) => keyedOf(letter) ?? []);
      const table = keyed.length === 0 ? null : await tableOf(target);
      if (table !== null) closed += await closeOfTable(database, table, keyed);
    }
  return closed;
}

function closeOfTable(
  database: Database,
  table: TargetTable,
  given: readonly KeyedLetter[],
): Promise<number> {
  // A table that has another key, or another version, since is not the one that they are about.
  const letters = given.filter(
    ({ key, version }) =>
      version.length === table.versionColumns.length &&
      (JSON.parse(key) as unknown[]).length === table.key.length,
  );
  const [first] = letters;
  if (first === undefined) return Promise.resolve(0);
  return inTransaction(database, async (transaction) => {
    await lockTarget(transaction, table, first.pipeline);
    const held = await lookAtHeld(transaction, table, changesOf(letters));
    const closings = letters.flatMap(({ id, key, version }): Closing[] => {
      const row = held.rows.get(key)?.version;
      const fence = held.fences.get(key);
      if (row !== undefined && compareVersions(row, version) === 0) return [{ id, fate: 'loaded' }];
      const isOlder = [row, fence].some((each) => each !== undefined && compareVersions(each, version) > 0);
      return isOlder ? [{ id, fate: 'superseded' }] : [];
    });
    await closeLetters(transaction, closings, `newer ${targetName(table)}`);
    return closings.length;
  });
}

/** One for each key, as the statements want them. */
function changesOf(letters: readonly KeyedLetter[]): Change[] {
  const keys = [...new Map(letters.map((letter) => [letter.key, letter.version]))];
  return keys.map(([key, version], index) => ({ index, key, version, entry: null, counted: false }));
}

interface Row {
  readonly id: bigint;
  readonly pipeline: string;
  readonly key: Uint8Array | null;
  readonly version: string | null;
}

function keyedLetters(database: Database, target: string, status: string, after: bigint): Promise<Row[]> {
  return database.$queryRawUnsafe<Row[]>(
    'SELECT id, pipeline, key_text AS `key`, version FROM etl_dead_letters FORCE INDEX (etl_dead_letters_key_idx) ' +
      'WHERE target_table = ? AND status = ? AND id > ? ORDER BY id LIMIT ?',
    target,
    status,
    after,
    lettersOfPage,
  );
}

function keyedOf({ id, pipeline, key, version }: Row): KeyedLetter | null {
  if (key === null || version === null) return null;
  return { id, pipeline, key: Buffer.from(key).toString(), version: JSON.parse(version) as Version };
}
