import { AlirError } from '../../errors/alir-error.ts';
import {
  groupLetters,
  listDeadLetters,
  readEvents,
  readLetter,
  type DeadLetterSummary,
  type Letter,
  type LetterEvent,
  type LetterGroup,
} from '../../metadata/dead-letters/read-letters.ts';
import type { Database } from '../../mysql/connection.ts';
import { checkedFilter, type LetterContext } from './letter-filter.ts';
import type { ListRequest } from './request.ts';

export interface FoundLetters {
  readonly groups: LetterGroup[];
  /** Newest first. */
  readonly letters: DeadLetterSummary[];
}

/**
 * The letters that a request means: how many of each pipeline, code and field, and the newest of them.
 *
 * @throws RequestError
 */
export async function findLetters(context: LetterContext, asked: ListRequest): Promise<FoundLetters> {
  const filter = await checkedFilter(context, asked);
  const groups = await groupLetters(context.database, filter);
  return { groups, letters: await listDeadLetters(context.database, filter, asked.limit) };
}

/**
 * One letter.
 *
 * @throws AlirError LETTER_MISSING
 */
export async function getLetter(database: Database, id: string): Promise<Letter> {
  const letter = await readLetter(database, id);
  if (letter === null) throw new AlirError('LETTER_MISSING', `There is no dead letter ${id}.`);
  return letter;
}

/**
 * One letter and what was done with it.
 *
 * @throws AlirError LETTER_MISSING
 */
export async function getLetterWithHistory(
  database: Database,
  id: string,
): Promise<{ readonly letter: Letter; readonly events: LetterEvent[] }> {
  const letter = await getLetter(database, id);
  return { letter, events: await readEvents(database, letter.id) };
}
