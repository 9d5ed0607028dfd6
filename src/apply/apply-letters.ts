import { closeLetters, type Closing, type Fate } from '../metadata/dead-letters/close-letters.ts';
import { noteFailures, type Failure } from '../metadata/dead-letters/note-failures.ts';
import { openStatuses } from '../metadata/dead-letters/states.ts';
import { countKeysLeft, lockTarget, targetName } from '../metadata/targets.ts';
import type { Database, Transaction } from '../mysql/connection.ts';
import { andRollBack, inTransaction } from '../mysql/transaction.ts';
import { AlirError } from '../errors/alir-error.ts';
import type { TransformedRecord } from '../pipelines/packed-outcome.ts';
import type { TargetTable } from '../pipelines/pipeline.ts';
import { probeChanges } from './apply-batch.ts';
import { collapse, type Changes } from './changes.ts';
import { fateOf, lettersOf, newestOf } from './fates.ts';
import { untilAccepted, type Refused } from './until-accepted.ts';
import { anyFences, writeChanges } from './write-changes.ts';

/** Dead letters whose records are applied once more, all for one table. */
export interface LettersToApply {
  readonly pipeline: string;
  readonly table: TargetTable;
  /** In the order of their ids; each record has its own coordinates. */
  readonly letters: readonly (TransformedRecord & { readonly id: bigint })[];
  readonly redriveId: string;
  /** Failures after which a letter is quarantined. */
  readonly mostAttempts: number;
  /** Finds out what would become of them; nothing is kept. */
  readonly dryRun: boolean;
}

/** What became of each letter, by id. A letter that is not here was closed, or taken over, by somebody else. */
export type LetterFates = ReadonlyMap<bigint, Fate | 'failed' | 'quarantined'>;

/**
 * Applies dead letters: rows, fences and the letters' new states in one transaction. A letter is applied only where it
 * is still open and still claimed by this redrive, which is read under the target's lock: of two redrives, and of a
 * re-read beside them, one closes it.
 *
 * @throws AlirError MYSQL_*: nothing was applied, or (the connection broke during the commit) all of it; the letters tell
 */
export async function applyLetters(database: Database, given: LettersToApply): Promise<LetterFates> {
  const run = given.dryRun ? andRollBack : inTransaction;
  const result = await untilAccepted<Changes, LetterFates | Remaining>({
    prepare: (refused) => collapse(given.table, given.letters, refused),
    apply: (prepared, refused) =>
      run(database, async (transaction) => {
        await lockTarget(transaction, given.table, given.pipeline);
        await checkOwner(transaction, given);
        const mine = await stillClaimed(transaction, given);
        return mine.size < given.letters.length ? { mine } : apply(transaction, given, prepared, refused);
      }),
    probe: (subset) => probeChanges(database, given, subset),
  });
  if (!('mine' in result)) return result;
  // Anew: what is left makes other changes.
  return applyLetters(database, { ...given, letters: given.letters.filter(({ id }) => result.mine.has(id)) });
}

/** Some of the letters were closed, or taken over; these are left. Nothing was applied. */
interface Remaining {
  readonly mine: ReadonlySet<bigint>;
}

async function apply(
  transaction: Transaction,
  { table, letters, redriveId, mostAttempts }: LettersToApply,
  { changes }: Changes,
  refused: Refused,
): Promise<LetterFates> {
  const { older } = await writeChanges(transaction, table, changes, { rewrite: false, fences: anyFences });
  const left = letters.filter(({ outcome }) => outcome.kind === 'upsert' && outcome.leavesFormer).length;
  if (left > 0) await countKeysLeft(transaction, table, left);
  const applied = { newest: newestOf(changes), older };
  const fates = new Map<bigint, Fate | 'failed' | 'quarantined'>();
  const closings: Closing[] = [];
  letters.forEach((letter, index) => {
    const fate = fateOf(index, letter, refused, applied);
    if (fate === null) return;
    fates.set(letter.id, fate);
    closings.push({ id: letter.id, fate });
  });
  await closeLetters(transaction, closings, `redrive ${redriveId}`);
  const ids = new Map(letters.map(({ id, record }) => [record, id]));
  const failures = lettersOf(letters, refused).map((letter): Failure => ({
    id: ids.get(letter.record)!,
    ...letter,
  }));
  const quarantined = await noteFailures(transaction, failures, `redrive ${redriveId}`, mostAttempts);
  for (const { id } of failures) fates.set(id, quarantined.has(id) ? 'quarantined' : 'failed');
  return fates;
}

/** Letters of a dry run have no claim: they only must be open. */
async function stillClaimed(
  transaction: Transaction,
  { letters, redriveId, dryRun }: LettersToApply,
): Promise<ReadonlySet<bigint>> {
  const ids = letters.map(({ id }) => id);
  const rows = await transaction.etlDeadLetter.findMany({
    where: { id: { in: ids }, status: { in: openStatuses }, ...(dryRun ? {} : { redriveId }) },
    select: { id: true },
  });
  return new Set(rows.map(({ id }) => id));
}

async function checkOwner(transaction: Transaction, { table, pipeline }: LettersToApply): Promise<void> {
  const target = await transaction.etlTarget.findUnique({ where: { targetTable: targetName(table) } });
  if (target === null || target.pipeline === pipeline) return;
  throw new AlirError(
    'CONFIG_INVALID',
    `The table ${targetName(table)} belongs to the pipeline ${target.pipeline}.`,
  );
}
