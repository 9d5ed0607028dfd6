import { planRequest, runRequest } from '../../backfill/request.ts';
import { listAnswer, listQuery, planAnswer, startedAnswer, statusAnswer } from './backfill-schemas.ts';
import { orderRoutes } from './order-routes.ts';
import { route, type Route } from './route.ts';
import { noProperties } from './schemas.ts';

/** Parts of the past, run again. */
export const backfillRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/backfill-plans',
    name: 'planBackfill',
    summary: 'Show what a backfill would do; changes nothing',
    input: planRequest,
    answer: { status: 200, description: 'The plan.', schema: planAnswer },
    refusals: [409],
    handle: async (api, _id, request) => ({ body: await api.backfills.plan(request) }),
  }),
  route({
    method: 'POST',
    path: '/backfills',
    name: 'startBackfill',
    summary: 'Plan a backfill and start it',
    input: runRequest,
    answer: {
      status: 201,
      description: 'It has started; the header Location holds its address.',
      schema: startedAnswer,
    },
    refusals: [409],
    async handle(api, _id, request) {
      const started = await api.backfills.start(request);
      return { body: started, location: `/v1/backfills/${started.id}` };
    },
  }),
  route({
    method: 'GET',
    path: '/backfills',
    name: 'listBackfills',
    summary: 'The last backfills, newest first',
    input: listQuery,
    answer: { status: 200, description: 'The backfills.', schema: listAnswer },
    refusals: [],
    handle: async (api, _id, query) => ({ body: { backfills: await api.backfills.list(query) } }),
  }),
  route({
    method: 'GET',
    path: '/backfills/:id',
    name: 'getBackfill',
    summary: 'The progress of a backfill and the outcome of its records',
    input: noProperties,
    answer: { status: 200, description: 'The backfill.', schema: statusAnswer },
    refusals: [404],
    handle: async (api, id) => ({ body: await api.backfills.get(id) }),
  }),
  ...orderRoutes({
    path: '/backfills',
    name: 'Backfill',
    noun: 'backfill',
    of: ({ backfills }) => backfills,
  }),
];
