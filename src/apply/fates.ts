import type { Fate } from '../metadata/dead-letters/close-letters.ts';
import type { DeadLetter, RowVersion, TransformedRecord } from '../pipelines/packed-outcome.ts';
import type { Change } from './changes.ts';
import type { Refused } from './until-accepted.ts';

/**
 * What became of a record that was applied; null: it is dead.
 *
 * @param applied the changes that were written, and which of them were older than what the table has
 */
export function fateOf(
  index: number,
  { outcome }: TransformedRecord,
  refused: Refused,
  applied: { readonly newest: ReadonlySet<number>; readonly older: ReadonlySet<number> },
): Fate | null {
  if (outcome.kind === 'dead' || refused.has(index)) return null;
  if (outcome.kind === 'ignored') return 'ignored';
  return applied.newest.has(index) && !applied.older.has(index) ? 'loaded' : 'superseded';
}

/** The records, by position, whose changes are the newest of their keys in a batch. */
export function newestOf(changes: readonly Change[]): ReadonlySet<number> {
  return new Set(changes.filter(({ counted }) => counted).map(({ index }) => index));
}

/** The dead letters of a batch: what the transform found, and what the table refused. */
export function lettersOf(records: readonly TransformedRecord[], refused: Refused): DeadLetter[] {
  const letters: DeadLetter[] = [];
  for (let index = 0; index < records.length; index += 1) {
    const { record, outcome } = records[index]!;
    const refusal = refused.get(index);
    if (outcome.kind === 'dead') {
      const { code, reason, reasons, about } = outcome;
      letters.push({ record, code, reason, ...(reasons && { reasons }), ...(about && { about }) });
    } else if (refusal) letters.push({ record, ...refusal, ...rowOf(outcome) });
  }
  return letters;
}

function rowOf(outcome: TransformedRecord['outcome']): { readonly about?: RowVersion } {
  if (outcome.kind !== 'upsert' && outcome.kind !== 'delete') return {};
  // The former row stays: a newer version of the other one does not make up for that.
  if (outcome.kind === 'upsert' && outcome.replaces !== undefined) return {};
  return { about: { key: outcome.key, version: outcome.version } };
}
