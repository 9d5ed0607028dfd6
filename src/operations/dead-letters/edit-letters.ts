import { keepEdit } from '../../metadata/dead-letters/edits.ts';
import { pagesOf } from '../../metadata/dead-letters/pages.ts';
import type { Letter } from '../../metadata/dead-letters/read-letters.ts';
import type { Database } from '../../mysql/connection.ts';
import { inTransaction } from '../../mysql/transaction.ts';
import {
  correct,
  errorOf,
  refusalOfClosed,
  settingPaths,
  type Correction,
  type MakeValue,
  type Refusal,
} from './correct-letter.ts';
import { getLetter } from './find-letter.ts';
import { filterOfChange, type LetterContext } from './letter-filter.ts';
import { RefusalCounts, type CountedRefusal } from './refusal-counts.ts';
import type { ChangeRequest } from './request.ts';
import type { Setting } from './set-path.ts';

/**
 * Corrects one letter: the correction is kept beside the original if its pipeline accepts it.
 *
 * @param by who does it
 * @throws AlirError LETTER_MISSING, LETTER_CLOSED, LETTER_INVALID
 */
export async function editLetter(
  database: Database,
  id: string,
  make: MakeValue,
  by: string,
): Promise<Correction> {
  const corrected = await correct(await getLetter(database, id), make);
  if (corrected.kind === 'refused') throw errorOf(id, corrected);
  const kept = await inTransaction(database, (transaction) => keepEdit(transaction, corrected, by));
  if (!kept) throw errorOf(id, refusalOfClosed((await getLetter(database, id)).status));
  return corrected;
}

export interface EditedLetters {
  readonly letters: number;
  /** Corrected, or in a dry run: would be. */
  readonly corrected: number;
  /** Ids of the first of them. */
  readonly examples: readonly string[];
  /** The others, by reason. */
  readonly refused: readonly CountedRefusal[];
  readonly dryRun: boolean;
}

const mostExamples = 3;

/**
 * Sets members in all letters that a request means; those that their pipelines accept then are kept.
 *
 * @throws RequestError
 */
export async function editLetters(
  context: LetterContext,
  asked: ChangeRequest,
  settings: readonly Setting[],
  { by, dryRun }: { readonly by: string; readonly dryRun: boolean },
): Promise<EditedLetters> {
  const { database } = context;
  const filter = await filterOfChange(context, asked);
  const make = settingPaths(settings);
  const refusals = new RefusalCounts();
  const examples: string[] = [];
  let [letters, corrected] = [0, 0];
  for await (const page of pagesOf(database, filter)) {
    letters += page.length;
    const right = await correctPage(page, make, refusals);
    const kept = dryRun ? right : await keepPage(database, right, by, refusals);
    corrected += kept.length;
    examples.push(...kept.slice(0, mostExamples - examples.length).map(({ id }) => String(id)));
  }
  return { letters, corrected, examples, refused: refusals.list(), dryRun };
}

async function correctPage(
  page: readonly Letter[],
  make: MakeValue,
  refusals: RefusalCounts,
): Promise<Correction[]> {
  const right: Correction[] = [];
  for (const letter of page) {
    const corrected = await correct(letter, make);
    if (corrected.kind === 'right') right.push(corrected);
    else refusals.add(letter.id, corrected);
  }
  return right;
}

async function keepPage(
  database: Database,
  right: readonly Correction[],
  by: string,
  refusals: RefusalCounts,
): Promise<Correction[]> {
  const kept = await inTransaction(database, async (transaction) => {
    const ids = new Set<bigint>();
    for (const correction of right) if (await keepEdit(transaction, correction, by)) ids.add(correction.id);
    return ids;
  });
  for (const { id } of right) if (!kept.has(id)) refusals.add(id, closedMeanwhile);
  return right.filter(({ id }) => kept.has(id));
}

/** A letter that was read as an open one, and is none any more. */
export const closedMeanwhile: Refusal = {
  kind: 'refused',
  code: 'LETTER_CLOSED',
  reason: 'it was closed meanwhile',
};
