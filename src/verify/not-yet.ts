import type { TableState } from '../metadata/table-states.ts';

/** Why a table cannot be compared with its replica at the moment, a sentence; null: it can. */
export function notYetComparable(
  database: string,
  table: string,
  state: TableState | undefined,
): string | null {
  if (state === undefined) return `${database}.${table} has no replica yet: alir run creates it.`;
  if (state.state === 'loading')
    return `${database}.${table} is being read into its replica: verify it once alir status says ready.`;
  return null;
}
