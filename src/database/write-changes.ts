import type { TargetTable, Version } from '../pipelines/pipeline.ts';
import type { KeyText } from '../pipelines/packed-outcome.ts';
import {
  compareVersions,
  deletesJson,
  fencesJson,
  hashOfKey,
  keysJson,
  upsertsJson,
  type Change,
} from './changes.ts';
import type { Transaction } from './connection.ts';
import { decide, type Held, type HeldRow, type WriteCounts } from './decide.ts';
import { forgetArguments } from './forget-arguments.ts';
import { classifyMysqlError } from './mysql-error.ts';
import { statementsFor, targetName, type TableStatements } from './statements.ts';

/** From so many on, their texts are megabytes that are worth letting go of. */
const manyChanges = 500;

/** Which kinds of fences a table has: of single deleted keys, and of ranges that were read from the source. */
export interface FenceKinds {
  readonly key: boolean;
  readonly range: boolean;
}

export const anyFences: FenceKinds = { key: true, range: true };

export interface WriteOptions {
  readonly rewrite: boolean;
  /** False for a kind that the table is known not to have: looking for keys' costs as much as looking for the rows. */
  readonly fences: FenceKinds;
}

/**
 * Writes the changes of a batch to their table, at most seven statements: four that look what is there, then
 * fence, delete and upsert. The caller holds the table's turn.
 *
 * @param changes one per key, ascending by key
 * @throws RowError when the database refuses a row
 */
export async function writeChanges(
  transaction: Transaction,
  table: TargetTable,
  changes: readonly Change[],
  { rewrite, fences }: WriteOptions,
): Promise<WriteCounts> {
  const statements = statementsFor(table, rewrite);
  try {
    const held = await look(transaction, table, statements, changes, fences);
    const { counts, upserts, deletes } = decide(table, changes, held, rewrite);
    if (deletes.length > 0) {
      // The fence first: an older insert that another writer applies later must find it, or the row comes back.
      await transaction.$executeRawUnsafe(statements.fence, targetName(table), fencesJson(deletes));
      await transaction.$executeRawUnsafe(statements.remove, deletesJson(deletes));
    }
    if (upserts.length > 0) await transaction.$executeRawUnsafe(statements.upsert, upsertsJson(upserts));
    return counts;
  } catch (error) {
    throw classifyMysqlError(error);
  } finally {
    if (changes.length >= manyChanges) forgetArguments();
  }
}

async function look(
  transaction: Transaction,
  table: TargetTable,
  statements: TableStatements,
  changes: readonly Change[],
  kinds: FenceKinds,
): Promise<Held> {
  const rows = new Map<KeyText, HeldRow>();
  const fences = new Map<KeyText, Version>();
  if (changes.length === 0) return { rows, fences };
  type Row = { held: string };
  const keyAt = (number: string | undefined): KeyText => changes[Number(number) - 1]?.key ?? '';
  // One text for each row found: a re-read finds thousands, and every column more is another object to convert.
  const keys = keysJson(changes);
  for (const { held } of await transaction.$queryRawUnsafe<Row[]>(statements.rows, keys)) {
    const parts = held.split(' ');
    const fingerprint = parts.pop() ?? '';
    rows.set(keyAt(parts.shift()), { version: parts.map(Number), fingerprint });
  }
  if (kinds.key) {
    const hashes = JSON.stringify(changes.map(({ key }) => [hashOfKey(key)]));
    const found = await transaction.$queryRawUnsafe<Row[]>(statements.fences, hashes, targetName(table));
    for (const { held } of found) {
      const [number, ...version] = held.split(' ');
      fences.set(keyAt(number), version.map(Number));
    }
  }
  if (kinds.range) await lookAtRanges(transaction, table, statements, changes, fences);
  return { rows, fences };
}

/**
 * Adds the ranges that hold keys of the changes. Live changes are newer than all ranges, and then one look at the
 * newest is enough.
 */
async function lookAtRanges(
  transaction: Transaction,
  table: TargetTable,
  statements: TableStatements,
  changes: readonly Change[],
  fences: Map<KeyText, Version>,
): Promise<void> {
  type Row = { held: string };
  const target = targetName(table);
  const [newest] = await transaction.$queryRawUnsafe<Row[]>(statements.newestRange, target);
  if (newest === undefined) return;
  const range = newest.held.split(' ').map(Number);
  const older = changes.filter(({ version }) => compareVersions(version, range) <= 0);
  if (older.length === 0) return;
  for (const { held } of await transaction.$queryRawUnsafe<Row[]>(
    statements.ranges,
    keysJson(older),
    target,
  )) {
    const [number, ...parts] = held.split(' ').map(Number);
    const key = older[(number ?? 0) - 1]?.key ?? '';
    const known = fences.get(key);
    if (known === undefined || compareVersions(parts, known) > 0) fences.set(key, parts);
  }
}
