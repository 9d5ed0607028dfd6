import { quoteName } from '../cdc/schema/quote.ts';
import type { TableSchema } from '../cdc/schema/table-schema.ts';

/**
 * Behind the name of a table of which rows are looked for by their keys.
 *
 * A server that is killed soon after a table was filled keeps statistics of an empty table, until a tenth of its rows
 * has changed. The optimizer then finds that reading all of it is cheapest: minutes instead of milliseconds for each
 * batch, and every row locked.
 */
export const byPrimaryKey = 'FORCE INDEX (PRIMARY)';

/**
 * A table of the source as `x`, by its primary key; where another unique index has to do for its key, as it is.
 *
 * @param database where the same table is on the other side
 */
export function tableByKey(
  { table, hasPrimaryKey, ...schema }: TableSchema,
  database = schema.database,
): string {
  return `${quoteName(database)}.${quoteName(table)} x${hasPrimaryKey ? ` ${byPrimaryKey}` : ''}`;
}
