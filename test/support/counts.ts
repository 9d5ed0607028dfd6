import type { BatchCounts } from '../../src/pipelines/counts.ts';

/** Every count, those that are not named zero. */
export function counts(some: Partial<BatchCounts>): BatchCounts {
  const zero = {
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
  return { ...zero, ...some };
}
