import { AlirError } from '../errors/alir-error.ts';
import { RowError } from '../mysql/mysql-error.ts';
import type { Rejection } from '../pipelines/pipeline.ts';
import type { Change, Changes } from './changes.ts';
import { findRefused } from './find-refused.ts';

/** Records that the database refuses, by their position in the batch. */
export type Refused = ReadonlyMap<number, Rejection>;

interface Attempt<Prepared extends Changes, Result> {
  /** From the records every time: a refused row no longer hides an older change of its key in the same batch. */
  readonly prepare: (refused: Refused) => Prepared;
  readonly apply: (prepared: Prepared, refused: Refused) => Promise<Result>;
  /** Tries changes without keeping them; null: they work. */
  readonly probe: (subset: readonly Change[]) => Promise<RowError | null>;
}

/** Applies a batch; rows that the database refuses are found, and left out the next time. */
export async function untilAccepted<Prepared extends Changes, Result>({
  prepare,
  apply,
  probe,
}: Attempt<Prepared, Result>): Promise<Result> {
  const refused = new Map<number, Rejection>();
  for (;;) {
    const prepared = prepare(refused);
    try {
      return await apply(prepared, refused);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
    }
    const found = await findRefused(prepared.changes, probe);
    // Refused together, accepted alone: asking again would never end.
    if (found.size === 0)
      throw new AlirError('UNEXPECTED', 'MySQL refused a batch, but none of its rows alone.');
    for (const [index, refusal] of found) refused.set(index, refusal);
  }
}
