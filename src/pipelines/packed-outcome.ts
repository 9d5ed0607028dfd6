/**
 * Outcomes as they wait between the two activities of a batch.
 *
 * Thousands of them live for as long as the database takes, and the garbage collector walks over every object of
 * theirs again and again. So a row becomes the one text that its table's statement takes, and a message becomes bytes,
 * which lie outside the collected heap.
 */
import { quoteJson } from '../cdc/json/write-json.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import type { FieldReason, Key, Outcome, Publication, Rejection, TargetTable, Version } from './pipeline.ts';
import type { SourceRecord } from './record.ts';
import { columnRejected } from './rejections.ts';

export interface PackedPublication {
  readonly key: string;
  /** Key, value and headers, as they stand in a record batch. */
  readonly encoded: Buffer;
}

/** Makes the bytes of a message; `record` is what it was made from. */
export type EncodeMessage = (publication: Publication, record: SourceRecord) => Buffer;

/** A key as JSON list of its texts: its canonical bytes, by which changes are collapsed and fences found. */
export type KeyText = string;

export interface PackedUpsert {
  readonly kind: 'upsert';
  readonly key: KeyText;
  readonly version: Version;
  /** JSON list [...key, ...version, ...columns in the table's order]. */
  readonly entry: string;
  readonly publication: PackedPublication | null;
  readonly replaces?: KeyText;
  readonly leavesFormer?: true;
}

export interface PackedDelete {
  readonly kind: 'delete';
  readonly key: KeyText;
  readonly version: Version;
}

export interface PackedIgnored {
  readonly kind: 'ignored';
  readonly why: string;
  readonly refetch?: readonly KeyText[];
}

export interface PackedDead {
  readonly kind: 'dead';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly reasons?: readonly FieldReason[];
  readonly about?: RowVersion;
  readonly refetch?: readonly KeyText[];
}

export type PackedOutcome = PackedUpsert | PackedDelete | PackedIgnored | PackedDead;

/**
 * NULL in an entry. JSON_TABLE makes NULL of what is no scalar (NULL ON ERROR), while a JSON null read into text
 * becomes the word 'null'; and every value of ours is a string, so nothing else is ever a list.
 */
const sqlNull: readonly never[] = [];

/** Packs what became of a record. A key that its column cannot hold makes it a dead one. */
export function packOutcome(
  table: TargetTable,
  record: SourceRecord,
  outcome: Outcome,
  encode: EncodeMessage,
): PackedOutcome {
  if (outcome.kind === 'dead' || outcome.kind === 'ignored') return packKeys(table, outcome);
  const { key, version } = outcome;
  const replaces = outcome.kind === 'upsert' ? outcome.replaces : undefined;
  const refused = refusedColumn(table, key) ?? (replaces && refusedColumn(table, replaces));
  if (refused !== undefined) return outOfRange(refused);
  if (outcome.kind === 'delete') return { kind: 'delete', key: keyText(key), version };
  const { row, publication } = outcome;
  return {
    kind: 'upsert',
    key: keyText(key),
    version,
    entry: entryOf(table, key, version, row),
    publication: publication && { key: publication.key, encoded: encode(publication, record) },
    ...(replaces && { replaces: keyText(replaces) }),
    ...(outcome.leavesFormer && { leavesFormer: true }),
  };
}

function packKeys(
  table: TargetTable,
  outcome: Extract<Outcome, { readonly kind: 'dead' | 'ignored' }>,
): PackedOutcome {
  const refused = outcome.refetch?.map((key) => refusedColumn(table, key)).find((name) => name !== undefined);
  if (refused !== undefined) return outOfRange(refused);
  const refetch = outcome.refetch && { refetch: outcome.refetch.map(keyText) };
  if (outcome.kind === 'ignored') return { kind: 'ignored', why: outcome.why, ...refetch };
  const { code, reason, reasons, about } = outcome;
  // A key that its column cannot hold is no row's.
  const isRow = about !== undefined && refusedColumn(table, about.key) === undefined;
  return {
    kind: 'dead',
    code,
    reason,
    ...(reasons && { reasons }),
    ...(isRow && { about: { key: keyText(about.key), version: about.version } }),
    ...refetch,
  };
}

function outOfRange(column: string): PackedOutcome {
  return { kind: 'dead', ...columnRejected(column, 'is out of range') };
}

export function keyText(key: Key): KeyText {
  return `[${key.map(quoteJson).join(',')}]`;
}

/**
 * A row as the upsert takes it: JSON list of [...key, ...version, ...columns in the table's order].
 *
 * Everything is a JSON string, since MySQL converts texts strictly and numbers not. A list, because objects cost the
 * server three times the time.
 */
export function entryOf(
  table: TargetTable,
  key: Key,
  version: Version,
  row: Readonly<Record<string, string>>,
): string {
  const texts: (string | typeof sqlNull)[] = [...key];
  for (const part of version) texts.push(String(part));
  for (const { name } of table.columns) texts.push(row[name] ?? sqlNull);
  return JSON.stringify(texts);
}

/** The texts of an entry's data columns, in the table's order; null is NULL. */
export function dataOfEntry(table: TargetTable, entry: string): (string | null)[] {
  const before = table.key.length + table.versionColumns.length;
  const values = JSON.parse(entry) as (string | [])[];
  const data: (string | null)[] = [];
  for (let index = 0; index < table.columns.length; index += 1) {
    const value = values[before + index];
    if (table.columns[index]?.role === 'data') data.push(typeof value === 'string' ? value : null);
  }
  return data;
}

function refusedColumn(table: TargetTable, key: Key): string | undefined {
  return table.key.find(({ accepts }, index) => accepts?.(key[index] ?? '') === false)?.name;
}

/** A record of a batch and what the pipeline made of it. */
export interface TransformedRecord {
  readonly record: SourceRecord;
  readonly outcome: PackedOutcome;
}

/** A row that a record is about, and the version that it would have given it. */
export interface RowVersion {
  readonly key: KeyText;
  readonly version: Version;
}

/** A record that is poison, found by the transform or by the database. */
export interface DeadLetter extends Rejection {
  readonly record: SourceRecord;
  readonly about?: RowVersion;
}
