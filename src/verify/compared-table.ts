import type { Connection } from 'mariadb';
import { quoteName } from '../cdc/schema/quote.ts';
import type { ColumnSchema, TableSchema } from '../cdc/schema/table-schema.ts';
import { asUtf8 } from '../cdc/types/column-type.ts';
import { targetColumn } from '../cdc/types/columns.ts';
import type { Key, TargetTable } from '../pipelines/pipeline.ts';
import { keyText, type KeyText } from '../pipelines/packed-outcome.ts';
import { tableByKey } from '../mysql/key-index.ts';
import { keyOrder, keysWithin, type KeyBounds } from '../replica/key-range.ts';

/** A table on one of the two servers. Both sides are read by the source's schema, so both print the same texts. */
export interface ComparedTable {
  readonly connection: Connection;
  readonly database: string;
  readonly schema: TableSchema;
  /** On the replica's side with the labels that only the replica has. */
  readonly target: TargetTable;
}

export interface Sum {
  readonly rows: number;
  readonly checksum: string;
}

/** The key that has `count - 1` others before it in a range; null: the range has fewer rows. */
export async function nthKey(side: ComparedTable, range: KeyBounds, count: number): Promise<Key | null> {
  const { sql, values } = within(side, range);
  const { key, columns } = side.schema;
  // The keys alone would be read from the beginning of the index where the statistics are stale (key-index.ts).
  const other = columns.find(({ name }) => !key.includes(name));
  const selected = [...keyTexts(side.schema), ...(other ? [`ISNULL(x.${quoteName(other.name)})`] : [])];
  const [row] = await side.connection.query<Record<string, string>[]>(
    `SELECT ${selected.join(', ')} FROM ${rowsOf(side)} ${sql} ORDER BY ${keyOrder(side.target)} LIMIT 1 OFFSET ${count - 1}`,
    values,
  );
  return row === undefined ? null : keyOf(side.schema, row);
}

/**
 * Number of the rows of a range, and a checksum over all their values. The digests are added up: rows come in any
 * order.
 */
export async function sumUp(side: ComparedTable, range: KeyBounds): Promise<Sum> {
  const { sql, values } = within(side, range);
  const half = (end: string): string =>
    `COALESCE(SUM(CAST(CONV(${end}(r.digest, 16), 16, 10) AS DECIMAL(30))), 0)`;
  // Not merged: the digest of a row would be computed twice.
  const [sum] = await side.connection.query<{ n: bigint | number; checksum: string }[]>(
    `SELECT /*+ NO_MERGE(r) */ COUNT(*) AS n, CONCAT(${half('LEFT')}, ' ', ${half('RIGHT')}) AS checksum ` +
      `FROM (SELECT ${digestOf(side.schema)} AS digest FROM ${rowsOf(side)} ${sql}) r`,
    values,
  );
  return { rows: Number(sum?.n ?? 0), checksum: sum?.checksum ?? '' };
}

/** The digest of each row of a range, by its key. */
export function digestsWithin(side: ComparedTable, range: KeyBounds): Promise<Map<KeyText, string>> {
  return digests(side, within(side, range));
}

/** The digest of each row that has one of the keys; keys without a row are absent. */
export async function digestsOf(
  side: ComparedTable,
  keys: readonly KeyText[],
): Promise<Map<KeyText, string>> {
  const found = new Map<KeyText, string>();
  for (const page of pages(keys))
    for (const [key, digest] of await digests(side, among(side, page))) found.set(key, digest);
  return found;
}

/**
 * The values of the rows that have one of the keys, by key, in the order of the schema's columns.
 *
 * @param as whole texts, or digests of them
 */
export async function valuesOf(
  side: ComparedTable,
  keys: readonly KeyText[],
  as: 'texts' | 'digests',
): Promise<Map<KeyText, (string | null)[]>> {
  const { schema } = side;
  const found = new Map<KeyText, (string | null)[]>();
  const columns = schema.columns.map((column, index) => {
    const text = textOf(column);
    return `${as === 'texts' ? text : `MD5(${text})`} AS c${index}`;
  });
  for (const page of pages(keys)) {
    const { sql, values } = among(side, page);
    const rows = await side.connection.query<Record<string, string | null>[]>(
      `SELECT ${[...keyTexts(schema), ...columns].join(', ')} FROM ${rowsOf(side)} ${sql}`,
      values,
    );
    for (const row of rows) {
      found.set(
        keyText(keyOf(schema, row)),
        schema.columns.map((_, index) => row[`c${index}`] ?? null),
      );
    }
  }
  return found;
}

interface Condition {
  readonly sql: string;
  readonly values: readonly string[];
}

async function digests(side: ComparedTable, { sql, values }: Condition): Promise<Map<KeyText, string>> {
  const rows = await side.connection.query<Record<string, string>[]>(
    `SELECT ${keyTexts(side.schema).join(', ')}, ${digestOf(side.schema)} AS digest FROM ${rowsOf(side)} ${sql}`,
    values,
  );
  return new Map(rows.map((row) => [keyText(keyOf(side.schema, row)), row['digest'] ?? '']));
}

function within({ target }: ComparedTable, range: KeyBounds): Condition {
  const { sql, values } = keysWithin(target, range);
  return { sql: `WHERE ${sql}`, values };
}

/** Keys that one statement looks for at most. */
const keysPerPage = 500;

function* pages(keys: readonly KeyText[]): Generator<readonly KeyText[]> {
  for (let first = 0; first < keys.length; first += keysPerPage) yield keys.slice(first, first + keysPerPage);
}

function among({ target }: ComparedTable, keys: readonly KeyText[]): Condition {
  const same = target.key
    .map(({ name, fromText }) => `x.${quoteName(name)} = ${fromText('?')}`)
    .join(' AND ');
  return {
    sql: `WHERE ${keys.map(() => `(${same})`).join(' OR ')}`,
    values: keys.flatMap((key) => JSON.parse(key) as Key),
  };
}

function rowsOf({ database, schema }: ComparedTable): string {
  return tableByKey(schema, database);
}

function textOf(column: ColumnSchema): string {
  return (targetColumn(column).toText ?? asUtf8)(`x.${quoteName(column.name)}`);
}

/** Of the digests of its values, so that neither lengths nor separators matter. */
function digestOf({ columns }: TableSchema): string {
  // CONCAT_WS leaves NULLs out: the flag before says that one was there.
  const values = columns.map((column) => `ISNULL(x.${quoteName(column.name)}), MD5(${textOf(column)})`);
  return `MD5(CONCAT_WS(',', ${values.join(', ')}))`;
}

function keyTexts({ key, columns }: TableSchema): string[] {
  return key.map((name, index) => `${textOf(columns.find((column) => column.name === name)!)} AS k${index}`);
}

function keyOf({ key }: TableSchema, row: Readonly<Record<string, string | null>>): Key {
  return key.map((_, index) => row[`k${index}`] ?? '');
}
