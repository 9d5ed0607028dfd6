/** What the HTTP API does with dead letters: the same functions as the command line's. */
import type { LetterApi } from '../http/api/types.ts';
import type { Letter } from '../metadata/dead-letters/read-letters.ts';
import { findLetters, getLetterWithHistory } from '../operations/dead-letters/find-letter.ts';
import type { LetterContext } from '../operations/dead-letters/letter-filter.ts';
import { letterJson, summaryJson } from '../operations/dead-letters/letter-json.ts';
import { settingPaths } from '../operations/dead-letters/correct-letter.ts';
import { discardMany } from '../operations/dead-letters/discard-letters.ts';
import { editLetter } from '../operations/dead-letters/edit-letters.ts';
import { parseSetting } from '../operations/dead-letters/set-path.ts';
import { inTerms } from './http-terms.ts';

/** An answer holds a value twice, and is written in the heap in which live batches work. */
const largestShown = 8 << 20;

/** Serves the routes from connections that the process has open. */
export function createHttpLetters(place: LetterContext): LetterApi {
  const { database } = place;
  return {
    find: (query) =>
      inTerms(async () => {
        const { groups, letters } = await findLetters(place, query);
        return { groups, letters: letters.map(summaryJson) };
      }),
    get: (id) =>
      inTerms(async () => {
        const { letter, events } = await getLetterWithHistory(database, id);
        return letterJson(withoutLargeValue(letter), events);
      }),
    edit: (id, { value, set = {}, by }) =>
      inTerms(async () => {
        const settings = Object.entries(set).map(([path, text]) => parseSetting(`${path}=${text}`));
        const make = value === undefined ? settingPaths(settings) : () => Buffer.from(value);
        const { paths, verdict } = await editLetter(database, id, make, by);
        return { id, edited: paths, outcome: verdict.kind };
      }),
    discard: ({ by, reason, ...asked }) =>
      inTerms(() => discardMany(place, asked, { by, reason, dryRun: false })),
  };
}

function withoutLargeValue(letter: Letter): Letter {
  const { record, edit } = letter;
  const size = (record.value?.length ?? 0) + (edit?.value.length ?? 0);
  if (size <= largestShown) return letter;
  return { ...letter, record: { ...record, value: null }, edit: null, isValueOmitted: true };
}
