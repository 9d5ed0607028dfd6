/**
 * Outcomes as they wait between the two activities of a batch.
 *
 * Thousands of them live for as long as the database takes, and the garbage collector walks over every object of
 * theirs again and again. So a row becomes the one text that its table's statement takes, and a message becomes bytes,
 * which lie outside the collected heap.
 */
import { quoteJson } from '../cdc/json/write-json.ts';
import type { Outcome, Publication, TargetTable } from './pipeline.ts';
import type { SourceRecord } from './record.ts';

type Upsert = Extract<Outcome, { kind: 'upsert' }>;

export interface PackedPublication {
  readonly key: string;
  /** Key, value and headers, as they stand in a record batch. */
  readonly encoded: Buffer;
}

/** Makes the bytes of a message; `record` is what it was made from. */
export type EncodeMessage = (publication: Publication, record: SourceRecord) => Buffer;

export type PackedUpsert = Omit<Upsert, 'row' | 'publication'> & {
  /** JSON list of [key, …version, …columns in the table's order], see {@link packOutcome}. */
  readonly entry: string;
  readonly publication: PackedPublication | null;
};

export type PackedOutcome = PackedUpsert | Exclude<Outcome, Upsert>;

/**
 * NULL in an entry. JSON_TABLE makes NULL of what is no scalar (NULL ON ERROR), while a JSON null read into text
 * becomes the word 'null'; and every value of ours is a string, so nothing else is ever a list.
 */
const sqlNull = '[]';

/**
 * Packs what became of a record of `table`'s pipeline.
 *
 * Everything in an entry is a JSON string, since MySQL converts texts strictly and numbers not. A list, because
 * objects cost the server three times the time.
 */
export function packOutcome(
  table: TargetTable,
  record: SourceRecord,
  outcome: Outcome,
  encode: EncodeMessage,
): PackedOutcome {
  if (outcome.kind !== 'upsert') return outcome;
  const { kind, key, version, row, publication, replaces } = outcome;
  const texts = [`["${key}"`, ...version.map((part) => `"${part}"`)]; // digits only: nothing to escape
  for (const { name } of table.columns) {
    const text = row[name];
    texts.push(text === undefined ? sqlNull : quoteJson(text));
  }
  const packed = publication && { key: publication.key, encoded: encode(publication, record) };
  return {
    kind,
    key,
    version,
    entry: `${texts.join(',')}]`,
    publication: packed,
    ...(replaces !== undefined && { replaces }),
  };
}

/** The texts of an entry's data columns, in the table's order; null is NULL. */
export function dataOfEntry(table: TargetTable, entry: string): (string | null)[] {
  const values = (JSON.parse(entry) as (string | [])[]).slice(1 + table.versionColumns.length);
  return table.columns.flatMap(({ role }, index) => {
    const value = values[index];
    return role === 'data' ? [typeof value === 'string' ? value : null] : [];
  });
}
