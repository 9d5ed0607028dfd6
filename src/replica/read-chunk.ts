import type { Connection } from 'mariadb';
import { quoteName } from '../cdc/schema/quote.ts';
import type { TableSchema } from '../cdc/schema/table-schema.ts';
import { asUtf8 } from '../cdc/types/column-type.ts';
import { targetColumn } from '../cdc/types/columns.ts';
import { membersOf } from '../cdc/types/members.ts';
import { AlirError } from '../errors/alir-error.ts';
import type { Key, TargetTable } from '../pipelines/pipeline.ts';
import { tableByKey } from '../mysql/key-index.ts';
import { readChecksum } from '../mysql/schema/read-checksums.ts';
import { keyEquals, keyOrder, keysWithin, type KeyBounds } from './key-range.ts';

/** A row of the source, as the texts that the replica takes. */
export interface SourceRow {
  readonly key: Key;
  readonly row: Readonly<Record<string, string>>;
}

/** Rows of a source table between two keys. */
export interface SourceChunk {
  readonly rows: readonly SourceRow[];
  /** The chunk ends with this key; null: with the table. */
  readonly high: Key | null;
  /** Nothing follows that was to be read. */
  readonly isLast: boolean;
}

/** What was read, and the checksum of the table's columns while it was. */
export interface Reading<T> {
  readonly found: T;
  readonly checksum: string | null;
}

/**
 * Reads the first rows within bounds, in the order of the table's key.
 *
 * @throws AlirError TABLE_PAUSED when the texts of the keys do not tell the rows apart; SqlError
 */
export async function readChunk(
  connection: Connection,
  schema: TableSchema,
  target: TargetTable,
  { low, high }: KeyBounds,
  limit: number,
): Promise<Reading<SourceChunk>> {
  const within = keysWithin(target, { low, high });
  const { found, checksum } = await readLocked(connection, schema, {
    columns: [...textsOf(schema), `${isTwin(schema)} AS twin`],
    rest: `WHERE ${within.sql} ORDER BY ${keyOrder(target)} LIMIT ${limit}`,
    values: within.values,
  });
  if (found.some(({ twin }) => Number(twin) === 1)) throw twinsIn(schema);
  const rows = found.map((values) => rowOf(schema, values));
  const isLast = rows.length < limit;
  return { found: { rows, high: isLast ? high : (rows.at(-1)?.key ?? null), isLast }, checksum };
}

/** Reads the rows with these keys; in their order, null where the table has none. */
export async function readKeys(
  connection: Connection,
  schema: TableSchema,
  target: TargetTable,
  keys: readonly Key[],
): Promise<Reading<readonly (SourceRow | null)[]>> {
  const conditions = keys.map((key) => keyEquals(target, key));
  const values = conditions.flatMap((condition) => condition.values);
  // The server tells which key a row has: in its collation another text may be the same key.
  const which = conditions.map(({ sql }, index) => `WHEN ${sql} THEN ${index}`).join(' ');
  const { found, checksum } = await readLocked(connection, schema, {
    columns: [...textsOf(schema), `CAST(CASE ${which} END AS CHAR) AS which`],
    rest: `WHERE ${conditions.map(({ sql }) => sql).join(' OR ')}`,
    values: [...values, ...values],
  });
  const rows = new Map(found.map((row) => [Number(row['which']), rowOf(schema, row)]));
  return { found: keys.map((_, index) => rows.get(index) ?? null), checksum };
}

type Texts = Readonly<Record<string, string | null>>;

/**
 * Reads in a transaction of its own, with a locking read: a transaction whose changes are in the binlog already may
 * not be visible yet, and a plain read would miss them. The table cannot be altered before the transaction ends, so
 * the checksum that is read in it is of the columns that were read.
 */
async function readLocked(
  connection: Connection,
  schema: TableSchema,
  query: { readonly columns: readonly string[]; readonly rest: string; readonly values: readonly string[] },
): Promise<Reading<Texts[]>> {
  const { database, table } = schema;
  await connection.beginTransaction();
  try {
    const found = await connection.query<Texts[]>(
      `SELECT ${query.columns.join(', ')} FROM ${tableByKey(schema)} ${query.rest} LOCK IN SHARE MODE`,
      query.values,
    );
    return { found, checksum: await readChecksum(connection, database, table) };
  } finally {
    await connection.rollback();
  }
}

/** SQL that row `x` has an invalid value of an ENUM in its key, printed like the '' that the ENUM lists. */
function isTwin({ columns, key }: TableSchema): string {
  const twins = columns.filter(
    (column) => key.includes(column.name) && column.dataType === 'enum' && membersOf(column).has(''),
  );
  return ['FALSE', ...twins.map(({ name }) => `x.${quoteName(name)} = 0`)].join(' OR ');
}

function twinsIn({ database, table }: TableSchema): AlirError {
  return new AlirError(
    'TABLE_PAUSED',
    `${database}.${table}: the key of a row holds an invalid value of an ENUM that lists '' too: both print the same.`,
    {
      remedy:
        'Give such rows (column = 0) a value of the list, or delete them; the load then continues by itself.',
    },
  );
}

function textsOf({ columns }: TableSchema): string[] {
  return columns.map((column, index) => {
    const { toText = asUtf8 } = targetColumn(column);
    return `${toText(`x.${quoteName(column.name)}`)} AS c${index}`;
  });
}

function rowOf({ columns, key }: TableSchema, texts: Texts): SourceRow {
  const row: Record<string, string> = {};
  columns.forEach(({ name }, index) => {
    const text = texts[`c${index}`];
    if (text !== null && text !== undefined) row[name] = text;
  });
  return { key: key.map((name) => row[name] ?? ''), row };
}
