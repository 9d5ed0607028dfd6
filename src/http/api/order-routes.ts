import { route, type Route } from './route.ts';
import { noProperties, orderAnswer, rateRequest } from './schemas.ts';
import type { Api, Order, Steered } from './types.ts';

/** What takes orders while it runs: the member of the API, its path and its name. */
interface Subject {
  readonly path: string;
  /** As in `pauseBackfill`. */
  readonly name: string;
  /** As sentences have it. */
  readonly noun: string;
  readonly of: (api: Api) => Steered;
}

/** The routes that steer a backfill or a redrive. */
export function orderRoutes(subject: Subject): Route[] {
  const { path, name, noun, of } = subject;
  const answer = { status: 202, description: `The ${noun} has been asked.`, schema: orderAnswer };
  const order = (asked: Order, summary: string): Route =>
    route({
      method: 'POST',
      path: `${path}/:id/${asked}`,
      name: `${asked}${name}`,
      summary,
      input: noProperties,
      answer,
      refusals: [404, 409],
      async handle(api, id) {
        await of(api).tell(id, asked);
        return { body: { id, asked } };
      },
    });
  return [
    order('pause', 'Finish the pages in progress, then wait'),
    order('resume', 'Continue after a pause'),
    order('cancel', 'Finish the pages in progress, then end; rows already applied stay'),
    route({
      method: 'POST',
      path: `${path}/:id/rate`,
      name: `set${name}Rate`,
      summary: `Change the speed limit of a ${noun}`,
      input: rateRequest,
      answer,
      refusals: [404, 409],
      async handle(api, id, { maxRowsPerSecond }) {
        await of(api).setRate(id, maxRowsPerSecond);
        return { body: { id, asked: 'rate' } };
      },
    }),
  ];
}
