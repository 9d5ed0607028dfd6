import {
  discardAnswer,
  discardRequest,
  editAnswer,
  editRequest,
  letterAnswer,
  lettersAnswer,
  lettersQuery,
} from './letter-schemas.ts';
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
  route({
    method: 'POST',
    path: '/dead-letters/:id/edit',
    name: 'editDeadLetter',
    summary: 'Correct a dead letter; the original stays beside the correction',
    input: editRequest,
    bodyLimit: 8 << 20,
    answer: { status: 200, description: 'The correction is kept.', schema: editAnswer },
    refusals: [404, 409],
    handle: async ({ letters }, id, request) => ({ body: await letters.edit(id, request) }),
  }),
  route({
    method: 'POST',
    path: '/dead-letters/discard',
    name: 'discardDeadLetters',
    summary: 'Give up dead letters, by id or all that the request chooses',
    input: discardRequest,
    answer: { status: 200, description: 'They are discarded.', schema: discardAnswer },
    refusals: [404, 409],
    handle: async ({ letters }, _id, request) => ({ body: { discarded: await letters.discard(request) } }),
  }),
];
