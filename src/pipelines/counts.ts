/**
 * What became of the records of a batch: every record is in exactly one of the figures after `rows`, and they sum to it.
 *
 * - inserted, updated, deleted: the table changed;
 * - unchanged: a newer change with the values that the row already has (or a delete of a row that is not there);
 * - stale: an equal or newer change had been applied before;
 * - superseded: a newer change for the same key is in the same batch;
 * - ignored: not ours (another table, DDL, heartbeat);
 * - deadLettered: poison.
 */
export interface BatchCounts {
  readonly rows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly stale: number;
  readonly superseded: number;
  readonly ignored: number;
  readonly deadLettered: number;
}

/** Records that were loaded: all but dead letters and what was not ours. */
export function loadedOf(counts: BatchCounts): number {
  return counts.rows - counts.deadLettered - counts.ignored;
}

export const noCounts: BatchCounts = {
  rows: 0,
  inserted: 0,
  updated: 0,
  deleted: 0,
  unchanged: 0,
  stale: 0,
  superseded: 0,
  ignored: 0,
  deadLettered: 0,
};

/** The names of what may become of a record. */
export const outcomeNames = Object.keys(noCounts).filter((name) => name !== 'rows');

export function addCounts(a: BatchCounts, b: BatchCounts): BatchCounts {
  return eachCount((name) => a[name] + b[name]);
}

export function subtractCounts(a: BatchCounts, b: BatchCounts): BatchCounts {
  return eachCount((name) => a[name] - b[name]);
}

function eachCount(figure: (name: keyof BatchCounts) => number): BatchCounts {
  const names = Object.keys(noCounts) as (keyof BatchCounts)[];
  return Object.fromEntries(names.map((name) => [name, figure(name)])) as unknown as BatchCounts;
}
