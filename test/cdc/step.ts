import { stepsTable } from './tables.ts';
import type { Value } from './values.ts';

export interface Statement {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** A step that has no number yet. */
export interface PlannedStep {
  readonly kind: string;
  readonly statements: readonly Statement[];
  /** none: each statement commits by itself, as a change of the schema does. */
  readonly ending: 'COMMIT' | 'ROLLBACK' | 'none';
  /**
   * Returns a row when the statements have been done. Only for those that would undo themselves when they are done
   * again; all others leave the same again, or fail with an error of `doneBefore`.
   */
  readonly doneWhen?: Statement;
}

/** What the workload does between two looks at the clock: a transaction or a change of the schema. */
export interface Step extends PlannedStep {
  readonly number: number;
}

/**
 * What tells that a schema change, done again, had been done before: the table, column, index or partition is there, or
 * is gone, or the table has no partitions left to remove.
 */
export const doneBefore: ReadonlySet<number> = new Set([
  1050, 1051, 1054, 1060, 1061, 1091, 1146, 1176, 1505, 1507, 1517,
]);

export function plain(sql: string): Statement {
  return { sql, values: [] };
}

/** Every step leaves its number: it says how far the workload has come. */
export function recordOf({ number, kind }: Step): Statement {
  return { sql: `INSERT INTO ${stepsTable} (step, kind) VALUES (?, ?)`, values: [number, kind] };
}

/** CREATE TABLE of the numbers. */
export const createStepsTable = `CREATE TABLE ${stepsTable} (step BIGINT UNSIGNED NOT NULL, kind VARCHAR(40) NOT NULL, PRIMARY KEY (step))`;
