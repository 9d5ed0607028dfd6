import { letterAnswer, lettersAnswer, lettersQuery } from './letter-schemas.ts';
import { route, type Route } from './route.ts';
import { noProperties } from './schemas.ts';

/** Records that could not be loaded. */
export const letterRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/dead-letters',
    name: 'listDeadLetters',
    summary: 'Dead letters counted by what is wrong, and the newest of them',
    input: lettersQuery,
    answer: { status: 200, description: 'The dead letters.', schema: lettersAnswer },
    refusals: [],
    handle: async ({ letters }, _id, query) => ({ body: await letters.find(query) }),
  }),
  route({
    method: 'GET',
    path: '/dead-letters/:id',
    name: 'getDeadLetter',
    summary: 'A dead letter: its record, what is wrong, and what was done with it',
    input: noProperties,
    answer: { status: 200, description: 'The dead letter.', schema: letterAnswer },
    refusals: [404],
    handle: async ({ letters }, id) => ({ body: await letters.get(id) }),
  }),
];
