import type { ZodType, z } from 'zod';
import { planRequest, runRequest } from '../../backfill/request.ts';
import {
  listAnswer,
  listQuery,
  noProperties,
  orderAnswer,
  planAnswer,
  rateRequest,
  startedAnswer,
  statusAnswer,
} from './schemas.ts';
import type { BackfillApi, Order } from './types.ts';

export interface Reply {
  readonly body: unknown;
  /** Path of what was made. */
  readonly location?: string;
}

/** One route: what the server does and what the OpenAPI document says come from the same lines. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** As fastify writes it, below /v1. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  /** The body of a POST, the query of a GET. */
  readonly input: ZodType;
  readonly answer: { readonly status: number; readonly description: string; readonly schema: ZodType };
  /** Statuses that it may answer beside those that every route has. */
  readonly refusals: readonly number[];
  handle(api: BackfillApi, id: string, input: unknown): Promise<Reply>;
}

function route<Input extends ZodType>(
  parts: Omit<Route, 'handle' | 'input'> & {
    readonly input: Input;
    handle(api: BackfillApi, id: string, input: z.output<Input>): Promise<Reply>;
  },
): Route {
  return { ...parts, handle: (api, id, input) => parts.handle(api, id, input as z.output<Input>) };
}

const order = (name: Order, summary: string): Route =>
  route({
    method: 'POST',
    path: `/backfills/:id/${name}`,
    name: `${name}Backfill`,
    summary,
    input: noProperties,
    answer: { status: 202, description: 'The backfill has been asked.', schema: orderAnswer },
    refusals: [404, 409],
    async handle(api, id) {
      await api.tell(id, name);
      return { body: { id, asked: name } };
    },
  });

/** Every route below /v1. */
export const routes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/backfill-plans',
    name: 'planBackfill',
    summary: 'Show what a backfill would do; changes nothing',
    input: planRequest,
    answer: { status: 200, description: 'The plan.', schema: planAnswer },
    refusals: [409],
    handle: async (api, _id, request) => ({ body: await api.plan(request) }),
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
      const started = await api.start(request);
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
    handle: async (api, _id, query) => ({ body: { backfills: await api.list(query) } }),
  }),
  route({
    method: 'GET',
    path: '/backfills/:id',
    name: 'getBackfill',
    summary: 'The progress of a backfill and the outcome of its records',
    input: noProperties,
    answer: { status: 200, description: 'The backfill.', schema: statusAnswer },
    refusals: [404],
    handle: async (api, id) => ({ body: await api.get(id) }),
  }),
  order('pause', 'Finish the pages in progress, then wait'),
  order('resume', 'Continue after a pause'),
  order('cancel', 'Finish the pages in progress, then end; rows already applied stay'),
  route({
    method: 'POST',
    path: '/backfills/:id/rate',
    name: 'setBackfillRate',
    summary: 'Change the speed limit of a backfill',
    input: rateRequest,
    answer: { status: 202, description: 'The backfill has been asked.', schema: orderAnswer },
    refusals: [404, 409],
    async handle(api, id, { maxRowsPerSecond }) {
      await api.setRate(id, maxRowsPerSecond);
      return { body: { id, asked: 'rate' } };
    },
  }),
];
