import type { TableSchema } from '../cdc/schema/table-schema.ts';

/**
 * Behind the name of a table of which rows are looked for by their keys.
 *
 * A server that is killed soon after a table was filled keeps statistics of an empty table, until a tenth of its rows
 * has changed. The optimizer then finds that reading all of it is cheapest: minutes instead of milliseconds for each
 * batch, and every row locked.
 */
export const byPrimaryKey = 'FORCE INDEX (PRIMARY)';

/** The same for a table of the source; nothing where another unique index has to do for its key. */
export function byKey({ hasPrimaryKey }: TableSchema): string {
  return hasPrimaryKey ? byPrimaryKey : '';
}
