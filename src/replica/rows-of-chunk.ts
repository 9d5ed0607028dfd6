import type { Connection } from 'mariadb';
import { quoteName } from '../cdc/schema/quote.ts';
import type { TableSchema } from '../cdc/schema/table-schema.ts';
import type { Key, TargetTable } from '../pipelines/pipeline.ts';
import { AlirError } from '../errors/alir-error.ts';
import { tableByKey } from '../mysql/key-index.ts';
import { keyEquals, keyOrder, keysWithin, type KeyBounds } from './key-range.ts';

/** As base64 it is a message of 16 MB, which is what comes through Maxwell at most. */
export const largestRow = 12_582_912;

const canBeLarge = /^(?:(?:medium|long)?(?:text|blob)|json|geom|point|line|polygon|multi)/;

/**
 * How many of the next rows have no more than `bytes` together, one at least. The server's own figure of a row's length
 * may be a day old and says nothing of the longest.
 *
 * @throws AlirError TABLE_PAUSED when the next row is larger than a process can take
 */
export async function rowsWithin(
  connection: Connection,
  schema: TableSchema,
  target: TargetTable,
  keys: KeyBounds,
  { bytes, rows }: { readonly bytes: number; readonly rows: number },
): Promise<number> {
  const length = lengthOf(schema);
  if (length === null) return rows;
  const within = keysWithin(target, keys);
  const found = await connection.query<{ size: bigint | number }[]>(
    `SELECT ${length} AS size FROM ${tableByKey(schema)} ` +
      `WHERE ${within.sql} ORDER BY ${keyOrder(target)} LIMIT ${rows}`,
    within.values,
  );
  let sum = 0;
  const fitting = found.findIndex(({ size }) => (sum += Number(size)) > bytes);
  if (fitting !== 0) return fitting === -1 ? rows : fitting;
  if (sum <= largestRow) return 1;
  throw new AlirError(
    'TABLE_PAUSED',
    `${schema.database}.${schema.table}: the row ${keys.low === null ? 'at the beginning' : 'after those already read'} ` +
      `has ${sum} bytes, more than the ${largestRow} that can be replicated.`,
    { remedy: 'Make the row smaller, or delete it; the load then continues by itself.' },
  );
}

/** The length of each row that has one of the keys, in their order; 0 where there is none, or none can be large. */
export async function lengthsOf(
  connection: Connection,
  schema: TableSchema,
  target: TargetTable,
  keys: readonly Key[],
): Promise<number[]> {
  const length = lengthOf(schema);
  if (length === null) return keys.map(() => 0);
  const lengths: number[] = [];
  for (const key of keys) {
    const { sql, values } = keyEquals(target, key);
    const [row] = await connection.query<{ size: bigint | number }[]>(
      `SELECT ${length} AS size FROM ${tableByKey(schema)} WHERE ${sql}`,
      values,
    );
    lengths.push(Number(row?.size ?? 0));
  }
  return lengths;
}

/** SQL of the bytes of a row `x` in columns that can be large; null: it has none. */
function lengthOf({ columns }: TableSchema): string | null {
  const large = columns.filter(({ dataType }) => canBeLarge.test(dataType));
  if (large.length === 0) return null;
  return large.map(({ name }) => `IFNULL(LENGTH(x.${quoteName(name)}), 0)`).join(' + ');
}
