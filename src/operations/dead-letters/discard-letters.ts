import { AlirError } from '../../errors/alir-error.ts';
import { closeAs } from '../../metadata/dead-letters/close-letters.ts';
import { countLetters, type LetterFilter } from '../../metadata/dead-letters/filter.ts';
import { idPages } from '../../metadata/dead-letters/pages.ts';
import type { Database } from '../../mysql/connection.ts';
import { inTransaction } from '../../mysql/transaction.ts';
import { getLetter } from './find-letter.ts';
import { filterOfChange, type LetterContext } from './letter-filter.ts';
import type { ChangeRequest } from './request.ts';
import { openStatuses } from '../../metadata/dead-letters/states.ts';

export interface Discarding {
  readonly by: string;
  readonly reason: string;
}

/**
 * Discards letters by their ids: all of them, or none where one is missing or closed.
 *
 * @throws AlirError LETTER_MISSING, LETTER_CLOSED
 */
export async function discardLetters(
  database: Database,
  ids: readonly string[],
  discarding: Discarding,
): Promise<number> {
  for (const id of ids) {
    const { status } = await getLetter(database, id);
    if (!openStatuses.includes(status)) throw closed(`The dead letter ${id} is ${status}`);
  }
  const distinct = [...new Set(ids.map(BigInt))];
  const discarded = await discardPage(database, distinct, discarding);
  if (discarded < distinct.length)
    throw closed(
      `${discarded} of ${distinct.length} dead letters are discarded: others were closed meanwhile`,
    );
  return discarded;
}

/**
 * Discards all letters that a request means.
 *
 * @returns how many; in a dry run, how many it would be
 * @throws RequestError
 */
export async function discardMany(
  context: LetterContext,
  asked: ChangeRequest,
  { dryRun, ...discarding }: Discarding & { readonly dryRun: boolean },
): Promise<number> {
  const filter: LetterFilter = await filterOfChange(context, asked);
  if (dryRun) return countLetters(context.database, filter);
  let discarded = 0;
  for await (const ids of idPages(context.database, filter))
    discarded += await discardPage(context.database, ids, discarding);
  return discarded;
}

function discardPage(
  database: Database,
  ids: readonly bigint[],
  { by, reason }: Discarding,
): Promise<number> {
  return inTransaction(database, (transaction) => closeAs(transaction, ids, 'discarded', by, reason));
}

function closed(message: string): AlirError {
  return new AlirError('LETTER_CLOSED', `${message}.`, {
    remedy: 'Leave out the letters that are closed; alir dead-letters list shows the others.',
  });
}
