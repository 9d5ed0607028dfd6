import { redriveRequest } from '../../operations/dead-letters/redrive-request.ts';
import { orderRoutes } from './order-routes.ts';
import {
  nothingToRedrive,
  redriveAnswer,
  redrivesAnswer,
  redrivesQuery,
  startedRedrive,
} from './redrive-schemas.ts';
import { route, type Route } from './route.ts';
import { noProperties } from './schemas.ts';

/** Dead letters, loaded again. */
export const redriveRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/redrives',
    name: 'startRedrive',
    summary: 'Load dead letters again: those that are right now, in their own version',
    input: redriveRequest,
    answer: {
      status: 201,
      description: 'It has started; the header Location holds its address.',
      schema: startedRedrive,
    },
    idle: { status: 200, description: 'No open dead letter matches.', schema: nothingToRedrive },
    refusals: [],
    async handle({ redrives }, _id, request) {
      const started = await redrives.start(request);
      if (started === null) return { body: { letters: 0 }, isIdle: true };
      return { body: started, location: `/v1/redrives/${started.id}` };
    },
  }),
  route({
    method: 'GET',
    path: '/redrives',
    name: 'listRedrives',
    summary: 'The last redrives, newest first',
    input: redrivesQuery,
    answer: { status: 200, description: 'The redrives.', schema: redrivesAnswer },
    refusals: [],
    handle: async ({ redrives }, _id, query) => ({ body: { redrives: await redrives.list(query) } }),
  }),
  route({
    method: 'GET',
    path: '/redrives/:id',
    name: 'getRedrive',
    summary: 'The progress of a redrive and what became of its letters',
    input: noProperties,
    answer: { status: 200, description: 'The redrive.', schema: redriveAnswer },
    refusals: [404],
    handle: async ({ redrives }, id) => ({ body: await redrives.get(id) }),
  }),
  ...orderRoutes({ path: '/redrives', name: 'Redrive', noun: 'redrive', of: ({ redrives }) => redrives }),
];
