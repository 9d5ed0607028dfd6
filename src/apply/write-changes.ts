import { AlirError } from '../errors/alir-error.ts';
import type { TargetTable, Version } from '../pipelines/pipeline.ts';
import type { KeyText } from '../pipelines/packed-outcome.ts';
import { compareVersions, deletesJson, fencesJson, keysJson, upsertsJson, type Change } from './changes.ts';
import { hashOfKey } from '../metadata/key-hash.ts';
import type { Transaction } from '../mysql/connection.ts';
import { decide, type Held, type HeldRow, type WriteCounts } from './decide.ts';
import { executeLarge, queryLarge } from '../mysql/large-parameters.ts';
import { classifyMysqlError } from '../mysql/mysql-error.ts';
import { statementsFor, type TableStatements } from './statements.ts';
import { targetName } from '../metadata/targets.ts';
import type { FenceKinds } from '../metadata/batches.ts';

export const anyFences: FenceKinds = { key: true, range: true };

export interface WriteOptions {
  readonly rewrite: boolean;
  /** False for a kind that the table is known not to have: looking for keys' costs as much as looking for the rows. */
  readonly fences: FenceKinds;
}

/**
 * Writes the changes of a batch to their table by a few statements: four that look what is there, then fence, delete
 * and upserts. The caller holds the table's turn.
 *
 * @param changes one per key, ascending by key
 * @returns the counts, and the positions of the records that are older than what the table has
 * @throws RowError when the database refuses a row
 */
export async function writeChanges(
  transaction: Transaction,
  table: TargetTable,
  changes: readonly Change[],
  { rewrite, fences }: WriteOptions,
): Promise<{ readonly counts: WriteCounts; readonly older: ReadonlySet<number> }> {
  const statements = statementsFor(table, rewrite);
  try {
    const held = await look(transaction, table, statements, changes, fences);
    const { counts, upserts, deletes, older } = decide(table, changes, held, rewrite);
    if (deletes.length > 0) {
      // The fence first: an older insert that another writer applies later must find it, or the row comes back.
      await executeLarge(transaction, statements.fence, targetName(table), fencesJson(deletes));
      await executeLarge(transaction, statements.remove, deletesJson(deletes));
    }
    for (const json of upsertsJson(upserts)) await executeLarge(transaction, statements.upsert, json);
    return { counts, older };
  } catch (error) {
    throw classifyMysqlError(error);
  }
}

/**
 * What the table and its fences hold of the keys of changes. Locks the rows; the caller holds the table's turn.
 *
 * @throws AlirError MYSQL_*
 */
export function lookAtHeld(
  transaction: Transaction,
  table: TargetTable,
  changes: readonly Change[],
): Promise<Held> {
  return look(transaction, table, statementsFor(table, false), changes, anyFences);
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
  for (const line of await linesOf(transaction, statements.rows, keysJson(changes))) {
    const parts = line.split(' ');
    const fingerprint = parts.pop() ?? '';
    rows.set(keyAt(changes, parts.shift()), { version: parts.map(Number), fingerprint });
  }
  if (kinds.key) {
    const hashes = JSON.stringify(changes.map(({ key }) => [hashOfKey(key)]));
    for (const line of await linesOf(transaction, statements.fences, hashes, targetName(table))) {
      const [number, ...version] = line.split(' ');
      fences.set(keyAt(changes, number), version.map(Number));
    }
  }
  if (kinds.range) await lookAtRanges(transaction, table, statements, changes, fences);
  return { rows, fences };
}

/** What a statement that looks has found, a line for each. */
async function linesOf(
  transaction: Transaction,
  sql: string,
  ...parameters: readonly string[]
): Promise<readonly string[]> {
  type Row = { found: bigint; held: string | null };
  const [row] = await queryLarge<Row>(transaction, sql, ...parameters);
  const lines = row?.held?.split('\n') ?? [''];
  const found = Number(row?.found ?? 0);
  // Behind the last line's end there is nothing, unless the text was cut.
  if (lines.pop() === '' && lines.length === found) return lines;
  throw new AlirError('UNEXPECTED', `MySQL found ${found} rows of a batch but returned ${lines.length}.`, {
    remedy: 'Raise max_allowed_packet of the target, which limits the answer.',
  });
}

/** Statements count the keys from 1. */
function keyAt(changes: readonly Change[], number: string | undefined): KeyText {
  return changes[Number(number) - 1]?.key ?? '';
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
  const target = targetName(table);
  const [newest] = await linesOf(transaction, statements.newestRange, target);
  if (newest === undefined) return;
  const range = newest.split(' ').map(Number);
  const older: Change[] = [];
  for (const change of changes) if (compareVersions(change.version, range) <= 0) older.push(change);
  if (older.length === 0) return;
  for (const line of await linesOf(transaction, statements.ranges, keysJson(older), target)) {
    const [number, ...parts] = line.split(' ');
    const key = keyAt(older, number);
    const version = parts.map(Number);
    const known = fences.get(key);
    if (known === undefined || compareVersions(version, known) > 0) fences.set(key, version);
  }
}
