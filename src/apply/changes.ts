import { hash } from 'node:crypto';
import { AlirError } from '../errors/alir-error.ts';
import type { KeyText, TransformedRecord } from '../pipelines/packed-outcome.ts';
import type { Rejection, TargetTable, Version } from '../pipelines/pipeline.ts';
import { hashOfKey } from '../metadata/key-hash.ts';

/** The newest change of one key in a batch. */
export interface Change {
  /** Position of its record in the batch. */
  readonly index: number;
  readonly key: KeyText;
  readonly version: Version;
  /** The row as its table's statement takes it (`packOutcome`); null: a delete. */
  readonly entry: string | null;
  /** False for the delete half of a primary-key change: that record is counted by its upsert. */
  readonly counted: boolean;
}

export interface Changes {
  /** In one order of keys: every writer takes its row locks in the same one. */
  readonly changes: readonly Change[];
  readonly superseded: number;
  readonly ignored: number;
}

/**
 * Collapses a batch to the newest change per key.
 *
 * @param refused records by position that are left out
 */
export function collapse(
  table: TargetTable,
  records: readonly TransformedRecord[],
  refused: ReadonlyMap<number, Rejection>,
): Changes {
  const newest = new Map<KeyText, Change>();
  let superseded = 0;
  let ignored = 0;
  for (let index = 0; index < records.length; index += 1) {
    const { outcome } = records[index]!;
    if (outcome.kind === 'ignored') ignored += 1;
    if (outcome.kind === 'ignored' || outcome.kind === 'dead' || refused.has(index)) continue;
    const { key, version } = outcome;
    const replaces = outcome.kind === 'upsert' ? replacedKey(outcome) : undefined;
    assertVersion(table, version);
    if (replaces !== undefined)
      superseded += offer(newest, { index, key: replaces, version, entry: null, counted: false });
    const entry = outcome.kind === 'upsert' ? outcome.entry : null;
    superseded += offer(newest, { index, key, version, entry, counted: true });
  }
  return { changes: [...newest.values()].sort(byKey), superseded, ignored };
}

/** Keeps the newer one of two changes of a key; returns how many counted ones lost. */
function offer(newest: Map<KeyText, Change>, change: Change): number {
  const other = newest.get(change.key);
  // At equal versions the later record wins.
  const wins = other === undefined || compareVersions(change.version, other.version) >= 0;
  if (wins) newest.set(change.key, change);
  const loser = wins ? other : change;
  return loser?.counted ? 1 : 0;
}

/** Parameter of the statement that looks for the rows: the keys. */
export function keysJson(changes: readonly Change[]): string {
  return `[${changes.map(keyOf).join(',')}]`;
}

const keyOf = ({ key }: Change): KeyText => key;

/** Parameter of the delete statement: [...key, ...version] for each delete. */
export function deletesJson(deletes: readonly Change[]): string {
  const entries = deletes.map(({ key, version }) => `${key.slice(0, -1)},"${version.join('","')}"]`);
  return `[${entries.join(',')}]`;
}

/** Parameter of the statements about fences: [hash, key, ...version] for each. */
export function fencesJson(fences: readonly Pick<Change, 'key' | 'version'>[]): string {
  return JSON.stringify(
    fences.map(({ key, version }) => [hashOfKey(key), cutText(key), ...version.map(String)]),
  );
}

/** For people; by code points, since half a surrogate pair is no text. */
function cutText(key: KeyText): string {
  return key.length <= 255 ? key : [...key].slice(0, 255).join('');
}

/**
 * Characters of a statement's parameter. The driver takes a buffer of 16 MB for what has more than 1 MB of bytes, and
 * V8 counts every one of them as a reason to collect: a fifth of the processor time of a backfill.
 */
const parameterLength = 500_000;

/** Parameters of the upserts: the entries, as many as one statement takes, or one that is larger. */
export function* upsertsJson(upserts: readonly Change[]): Generator<string> {
  let entries: string[] = [];
  let length = 0;
  for (const { entry } of upserts) {
    if (entry === null) continue;
    if (entries.length > 0 && length + entry.length > parameterLength) {
      yield `[${entries.join(',')}]`;
      entries = [];
      length = 0;
    }
    entries.push(entry);
    length += entry.length + 1;
  }
  if (entries.length > 0) yield `[${entries.join(',')}]`;
}

/**
 * MD5 of the values of a row's data columns, each with its length in bytes before it, N for NULL: two rows have the
 * same text only if all columns are equal. `statements.ts` computes the same from the row in the table, so no column
 * has to keep it and a row changed by hand is seen.
 */
export function fingerprint(values: readonly (string | null)[]): string {
  let text = '';
  for (const value of values) text += value === null ? 'N' : `${Buffer.byteLength(value)}:${value}`;
  return hash('md5', text);
}

/** Negative, zero or positive, like a comparator of sort. */
export function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < a.length; i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Old key of a primary-key change: the row moves, it is not a second one. */
function replacedKey(outcome: { readonly key: KeyText; readonly replaces?: KeyText }): KeyText | undefined {
  return outcome.replaces === outcome.key ? undefined : outcome.replaces;
}

function byKey({ key: a }: Change, { key: b }: Change): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

function assertVersion(table: TargetTable, version: Version): void {
  if (version.length === table.versionColumns.length && version.every(Number.isSafeInteger)) return;
  throw new AlirError(
    'UNEXPECTED',
    `A change of ${table.name} carries a version that is not ${table.versionColumns.length} whole numbers.`,
  );
}
