import type { Connection } from 'mariadb';
import { quoteName } from '../cdc/schema/quote.ts';
import type { ColumnSchema, TableSchema } from '../cdc/schema/table-schema.ts';
import { asUtf8 } from '../cdc/types/column-type.ts';
import { targetColumn } from '../cdc/types/columns.ts';
import { isUnread } from '../cdc/types/texts.ts';
import type { Key, TargetTable } from '../pipelines/pipeline.ts';
import type { Database } from '../mysql/connection.ts';
import { tableByKey } from '../mysql/key-index.ts';

/** A key with more characters that Maxwell could not read may mean more rows: it is cheaper to read the table. */
export const mostMeant = 2_000;

/** Whether a key is one that Maxwell could not read: no row has it, and several may be meant. */
export function isUnreadKey(schema: TableSchema, key: Key): boolean {
  return keyColumns(schema).some((column, index) => isUnread(key[index] ?? '', column));
}

/**
 * The keys that one which Maxwell could not read may mean, in the source and in the replica.
 *
 * @returns null: more than `mostMeant`
 * @throws SqlError of the driver, Prisma's errors
 */
export async function keysMeant(
  connection: Connection,
  database: Database,
  { schema, target }: { readonly schema: TableSchema; readonly target: TargetTable },
  key: Key,
): Promise<Key[] | null> {
  const columns = keyColumns(schema);
  const texts = columns.map((column, index) => {
    const { toText = asUtf8 } = targetColumn(column);
    return `${toText(`x.${quoteName(column.name)}`)} AS k${index}`;
  });
  const conditions = columns.map((column, index) => {
    const value = target.key[index]!.fromText('?');
    const sign = isUnread(key[index] ?? '', column) ? `LIKE ${value} ESCAPE '|'` : `= ${value}`;
    return `x.${quoteName(column.name)} ${sign}`;
  });
  const values = columns.map((column, index) => {
    const text = key[index] ?? '';
    return isUnread(text, column) ? patternOf(text, column) : text;
  });
  const select = (table: string): string =>
    `SELECT ${texts.join(', ')} FROM ${table} WHERE ${conditions.join(' AND ')} LIMIT ${mostMeant + 1}`;
  const found = [
    ...(await readCommitted(connection, select(tableByKey(schema)), values)),
    ...(await database.$queryRawUnsafe<Texts[]>(select(tableByKey(schema, target.database)), ...values)),
  ];
  const keys = new Map(found.map((row) => columns.map((_, index) => row[`k${index}`] ?? '')).map(withText));
  // What MySQL itself prints with U+FFFD cannot be asked for by its text either.
  const readable = [...keys.values()].filter((each) => !isUnreadKey(schema, each));
  return readable.length > mostMeant ? null : readable;
}

type Texts = Readonly<Record<string, string | null>>;

/**
 * A locking read, since a row whose change is in the binlog already may not be visible yet. Committed: the rows that it
 * passes over without a match, perhaps all of the table, are not kept locked.
 */
async function readCommitted(
  connection: Connection,
  sql: string,
  values: readonly string[],
): Promise<Texts[]> {
  await connection.query('SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
  await connection.beginTransaction();
  try {
    return await connection.query<Texts[]>(`${sql} LOCK IN SHARE MODE`, [...values]);
  } finally {
    await connection.rollback();
  }
}

/** Character sets of more than one byte: there U+FFFD may stand for another number of characters, and spoil the next. */
const ofSeveralBytes = /^(?:big5|cp932|euc|gb|sjis|ujis)/;

/**
 * A pattern of LIKE that every text matches of which Maxwell may have made this one. Only ASCII is taken by its word: of
 * other characters MySQL and Java may think differently.
 */
export function patternOf(text: string, { charset }: Pick<ColumnSchema, 'charset'>): string {
  const literal = (ascii: string): string => ascii.replace(/[|%_]/g, '|$&');
  if (ofSeveralBytes.test(charset ?? '')) return `${literal(/^[\x20-\x7e]*/.exec(text)?.[0] ?? '')}%`;
  return [...text].map((character) => (/[\x20-\x7e]/.test(character) ? literal(character) : '_')).join('');
}

function keyColumns({ columns, key }: TableSchema): ColumnSchema[] {
  return key.map((name) => columns.find((column) => column.name === name)!);
}

function withText(key: Key): [string, Key] {
  return [JSON.stringify(key), key];
}
