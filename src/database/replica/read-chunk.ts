import type { Connection } from 'mariadb';
import { quoteName } from '../../cdc/schema/quote.ts';
import type { TableSchema } from '../../cdc/schema/table-schema.ts';
import { asUtf8 } from '../../cdc/types/column-type.ts';
import { targetColumn } from '../../cdc/types/columns.ts';
import type { Key, TargetTable } from '../../pipelines/pipeline.ts';
import { keyCompares } from './key-range.ts';

/** Rows of a source table between two keys, as the texts that the replica takes. */
export interface SourceChunk {
  readonly rows: readonly { readonly key: Key; readonly row: Readonly<Record<string, string>> }[];
  /** Key of the last row; null: the table ends here. */
  readonly high: Key | null;
}

/**
 * Reads the next rows of a table in the order of its key, in a transaction of its own, with a locking read: a
 * transaction whose changes are in the binlog already may not be visible yet, and a plain read would miss them.
 *
 * @param low the rows begin behind this key; null: at the beginning
 */
export async function readChunk(
  connection: Connection,
  schema: TableSchema,
  target: TargetTable,
  low: Key | null,
  limit: number,
): Promise<SourceChunk> {
  const texts = schema.columns.map((column, index) => {
    const { toText = asUtf8 } = targetColumn(column);
    return `${toText(`x.${quoteName(column.name)}`)} AS c${index}`;
  });
  const keys = schema.key.map((name) => `x.${quoteName(name)}`).join(', ');
  const after = low === null ? null : keyCompares(target, '>', low);
  const statement =
    `SELECT ${texts.join(', ')} FROM ${quoteName(schema.database)}.${quoteName(schema.table)} x ` +
    `${after ? `WHERE ${after.sql} ` : ''}ORDER BY ${keys} LIMIT ${limit} LOCK IN SHARE MODE`;
  await connection.beginTransaction();
  try {
    const found = await connection.query<Record<string, string | null>[]>(statement, after?.values ?? []);
    const rows = found.map((values) => {
      const row: Record<string, string> = {};
      schema.columns.forEach(({ name }, index) => {
        const text = values[`c${index}`];
        if (text !== null && text !== undefined) row[name] = text;
      });
      return { key: schema.key.map((name) => row[name] ?? ''), row };
    });
    return { rows, high: rows.length < limit ? null : (rows.at(-1)?.key ?? null) };
  } finally {
    await connection.rollback();
  }
}
